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

#endif
