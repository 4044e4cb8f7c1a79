/* cmocka with the includes it forgets, for C and C++. Their order matters. */
#ifndef SUPPORT_CMOCKA_H
#define SUPPORT_CMOCKA_H

#ifdef __cplusplus
extern "C" {
#endif
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */
#ifdef __cplusplus
}
#endif

#endif
