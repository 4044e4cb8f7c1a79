/* What marks a function of the public interface. */
#ifndef WSERVE_EXPORT_H
#define WSERVE_EXPORT_H

#if defined(WSERVE_STATIC) || defined(SWIG)
#define WS_API
#else
#define WS_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
#define WS_BEGIN_DECLS extern "C" {
#define WS_END_DECLS }
#else
#define WS_BEGIN_DECLS
#define WS_END_DECLS
#endif

/* The type behind an enumeration. In C++ one without it may hold no number but its own; with it,
 * any may be asked about, and a newer library may tell one that these headers do not know. */
#if defined(__cplusplus) && __cplusplus >= 201103L && !defined(SWIG)
#define WS_INT_ENUM : int
#define WS_UNSIGNED_ENUM : unsigned
#else
#define WS_INT_ENUM
#define WS_UNSIGNED_ENUM
#endif

#endif
