//  password: hashed on the pool's threads, bounded, and strangers cost as much.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>
#include "edge/password.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define UNDER_SANITIZER
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER
#endif
#endif

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool ended;
    password_outcome_t outcome;
    char hash [PASSWORD_PHC_SIZE];
} result_t;

#define RESULT                                                                                     \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER                     \
    }

static void
done (void *context, password_outcome_t outcome, const char *hash)
{
    result_t *result = context;
    pthread_mutex_lock (&result->lock);
    snprintf (result->hash, sizeof result->hash, "%s", hash);
    result->outcome = outcome;
    result->ended = true;
    pthread_cond_signal (&result->changed);
    pthread_mutex_unlock (&result->lock);
}

static void
await (result_t *result)
{
    pthread_mutex_lock (&result->lock);
    while (!result->ended) {
        pthread_cond_wait (&result->changed, &result->lock);
    }
    result->ended = false;
    pthread_mutex_unlock (&result->lock);
}

static void
a_password_matches_its_own_hash_alone (void **state)
{
    (void) state;
    result_t result = RESULT;
    char hash [PASSWORD_PHC_SIZE];
    password_pool_t *pool = password_pool_new (1, 4, done);

    assert_true (password_hash (pool, "correct horse", &result));
    await (&result);
    assert_int_equal (result.outcome, PASSWORD_HASHED);
    strcpy (hash, result.hash);
    assert_memory_equal (hash, "$argon2id$", 10);
    assert_true (password_verify (pool, "correct horse", hash, &result));
    await (&result);
    assert_int_equal (result.outcome, PASSWORD_MATCHES);
    assert_string_equal (result.hash, "");
    assert_true (password_verify (pool, "wrong horse", hash, &result));
    await (&result);
    assert_int_equal (result.outcome, PASSWORD_DIFFERS);
    assert_true (password_verify (pool, "correct horse", "", &result));
    await (&result);
    assert_int_equal (result.outcome, PASSWORD_DIFFERS);
    password_pool_destroy (&pool);
}

static void
a_full_queue_refuses_and_what_it_took_is_finished (void **state)
{
    enum { JOBS = 8 };
    (void) state;
    result_t results [JOBS];
    size_t taken = 0;
    password_pool_t *pool = password_pool_new (1, 2, done);

    for (size_t index = 0; index < JOBS; index++) {
        results [index] = (result_t) RESULT;
        taken += password_hash (pool, "password", &results [taken]);
    }
    assert_in_range (taken, 2, 3);  //  Two waiting, one perhaps begun
    password_pool_destroy (&pool);
    for (size_t index = 0; index < taken; index++) {
        assert_true (results [index].ended);
        assert_memory_equal (results [index].hash, "$argon2id$", 10);
    }
}

//  Whoever asks while an edge ends is refused, and nobody touches freed memory.
static void
a_pool_that_has_ended_refuses (void **state)
{
    (void) state;
    result_t result = RESULT;
    password_pool_t *pool = password_pool_new (2, 4, done);

    assert_true (password_hash (pool, "password", &result));
    password_pool_end (pool);
    assert_true (result.ended);
    assert_false (password_hash (pool, "password", &result));
    assert_false (password_verify (pool, "password", "", &result));
    password_pool_destroy (&pool);
}

static void
a_password_that_there_is_no_memory_to_try_is_not_wrong (void **state)
{
    (void) state;
#ifdef UNDER_SANITIZER
    skip ();  //  Their own memory does not fit any limit
#else
    result_t result = RESULT;
    char hash [PASSWORD_PHC_SIZE];
    struct rlimit before, little;
    password_pool_t *pool = password_pool_new (1, 4, done);

    assert_true (password_hash (pool, "password", &result));
    await (&result);
    strcpy (hash, result.hash);
    assert_int_equal (getrlimit (RLIMIT_AS, &before), 0);
    little = (struct rlimit) { 32 << 20, before.rlim_max };
    assert_int_equal (setrlimit (RLIMIT_AS, &little), 0);
    assert_true (password_verify (pool, "password", hash, &result));
    await (&result);
    assert_int_equal (setrlimit (RLIMIT_AS, &before), 0);
    assert_int_equal (result.outcome, PASSWORD_UNABLE);
    assert_true (password_verify (pool, "password", hash, &result));
    await (&result);
    assert_int_equal (result.outcome, PASSWORD_MATCHES);
    password_pool_destroy (&pool);
#endif
}

static void
a_text_too_long_is_refused (void **state)
{
    (void) state;
    result_t result = RESULT;
    char text [PASSWORD_TEXT_MAX + 2];
    password_pool_t *pool = password_pool_new (1, 2, done);

    memset (text, 'x', sizeof text - 1);
    text [sizeof text - 1] = '\0';
    assert_false (password_hash (pool, text, &result));
    assert_int_equal (password_pool_waiting (pool), 0);
    password_pool_destroy (&pool);
    assert_false (result.ended);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_password_matches_its_own_hash_alone),
        cmocka_unit_test (a_full_queue_refuses_and_what_it_took_is_finished),
        cmocka_unit_test (a_pool_that_has_ended_refuses),
        cmocka_unit_test (a_password_that_there_is_no_memory_to_try_is_not_wrong),
        cmocka_unit_test (a_text_too_long_is_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
