//  tls: which files can be served with, and who holds which pair while they are exchanged.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <gnutls/x509.h>
#include "edge/tls.h"
#include "runtime/scoped.h"

enum { PEM_SIZE = 8192, DAY_S = 86400 };

typedef struct {
    char folder [64], chain [PATH_MAX], key [PATH_MAX];
    char reason [TLS_REASON_SIZE];
} fixture_t;

static void
s_write (const char *path, const void *bytes, size_t size, mode_t mode)
{
    unlink (path);
    int file = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true (file >= 0);
    assert_int_equal (write (file, bytes, size), size);
    assert_int_equal (fchmod (file, mode), 0);
    close (file);
}

static void
s_write_key (const fixture_t *self, gnutls_x509_privkey_t key, mode_t mode)
{
    char pem [PEM_SIZE];
    size_t size = sizeof pem;
    assert_int_equal (gnutls_x509_privkey_export (key, GNUTLS_X509_FMT_PEM, pem, &size), 0);
    s_write (self->key, pem, size, mode);
}

static gnutls_x509_privkey_t
s_make_key (void)
{
    gnutls_x509_privkey_t key;
    assert_int_equal (gnutls_x509_privkey_init (&key), 0);
    assert_int_equal (
        gnutls_x509_privkey_generate (key, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0),
        0);
    return key;
}

//  Puts a new key, and a certificate that it signed itself, in the place of the files.
static void
s_put_pair (const fixture_t *self, int64_t begins_s, int64_t ends_s)
{
    char pem [PEM_SIZE];
    size_t size = sizeof pem;
    static unsigned char serial = 0;
    gnutls_x509_privkey_t key = s_make_key ();
    gnutls_x509_crt_t certificate;
    assert_int_equal (gnutls_x509_crt_init (&certificate), 0);
    serial++;
    gnutls_x509_crt_set_version (certificate, 3);
    gnutls_x509_crt_set_serial (certificate, &serial, 1);
    gnutls_x509_crt_set_activation_time (certificate, time (NULL) + begins_s);
    gnutls_x509_crt_set_expiration_time (certificate, time (NULL) + ends_s);
    gnutls_x509_crt_set_dn (certificate, "CN=localhost", NULL);
    gnutls_x509_crt_set_key (certificate, key);
    assert_int_equal (gnutls_x509_crt_sign2 (certificate, certificate, key, GNUTLS_DIG_SHA256, 0),
                      0);
    assert_int_equal (gnutls_x509_crt_export (certificate, GNUTLS_X509_FMT_PEM, pem, &size), 0);
    s_write (self->chain, pem, size, 0644);
    s_write_key (self, key, 0600);
    gnutls_x509_crt_deinit (certificate);
    gnutls_x509_privkey_deinit (key);
}

static int
s_setup (void **state)
{
    fixture_t *self = calloc (1, sizeof *self);
    assert_non_null (self);
    snprintf (self->folder, sizeof self->folder, "/tmp/happypay-tls-XXXXXX");
    assert_non_null (mkdtemp (self->folder));
    snprintf (self->chain, sizeof self->chain, "%s/chain", self->folder);
    snprintf (self->key, sizeof self->key, "%s/key", self->folder);
    s_put_pair (self, -DAY_S, DAY_S);
    *state = self;
    return 0;
}

static int
s_teardown (void **state)
{
    fixture_t *self = *state;
    unlink (self->chain);
    unlink (self->key);
    rmdir (self->folder);
    free (self);
    return 0;
}

static tls_t *
s_new (fixture_t *self)
{
    tls_t *tls = NULL;
    assert_int_equal (tls_new (self->chain, self->key, &tls, self->reason), STATUS_OK);
    return tls;
}

//  A connection: a session of GnuTLS, and the seat that it takes.
typedef struct {
    gnutls_session_t session;
    tls_seat_t seat;
} client_t;

static void
s_connect (client_t *self, tls_t *tls)
{
    *self = (client_t) { 0 };
    assert_int_equal (gnutls_init (&self->session, GNUTLS_SERVER), 0);
    tls_seat_take (&self->seat, tls, self->session);
}

static void
s_leave (client_t *self)
{
    tls_seat_leave (&self->seat);
    gnutls_deinit (self->session);
}

//  The handshake's question: what the client is shown.
static const gnutls_pcert_st *
s_shake (client_t *self)
{
    gnutls_pcert_st *chain = NULL;
    gnutls_ocsp_data_st *staples;
    gnutls_privkey_t key = NULL;
    unsigned count = 0, staple_count = 1, flags = 1;
    assert_int_equal (tls_retrieve (self->session, NULL, &chain, &count, &staples, &staple_count,
                                    &key, &flags),
                      0);
    assert_int_equal (count, 1);
    assert_int_equal (staple_count, 0);
    assert_int_equal (flags, 0);
    assert_non_null (key);
    return chain;
}

static void
a_connection_keeps_the_pair_that_it_began_with (void **state)
{
    fixture_t *self = *state;
    tls_t *tls = s_new (self);
    client_t before, waiting, after;
    s_connect (&before, tls);
    s_connect (&waiting, tls);
    const gnutls_pcert_st *first = s_shake (&before);
    s_put_pair (self, -DAY_S, DAY_S);
    assert_int_equal (tls_reload (tls, self->reason), STATUS_OK);
    s_connect (&after, tls);
    assert_ptr_equal (s_shake (&before), first);
    const gnutls_pcert_st *second = s_shake (&after);
    assert_ptr_not_equal (second, first);
    assert_ptr_equal (s_shake (&waiting), second);  //  It had not begun its handshake
    assert_true (first->cert.size > 0 && second->cert.size > 0);
    assert_true (first->cert.size != second->cert.size
                 || memcmp (first->cert.data, second->cert.data, first->cert.size) != 0);
    s_leave (&before);
    s_leave (&after);
    s_leave (&waiting);
    tls_destroy (&tls);
    assert_null (tls);
    tls_destroy (&tls);
}

static void
a_connection_that_left_before_its_handshake_holds_nothing (void **state)
{
    tls_t *tls = s_new (*state);
    client_t client;
    s_connect (&client, tls);
    s_leave (&client);
    tls_seat_t untaken = { 0 };
    tls_seat_leave (&untaken);
    tls_destroy (&tls);
}

static void
files_that_cannot_be_used_keep_what_is_served (void **state)
{
    fixture_t *self = *state;
    tls_t *tls = s_new (self);
    client_t client;
    gnutls_x509_privkey_t other = s_make_key ();
    for (int turn = 0; turn < 5; turn++) {
        static const status_t refusals [] = { STATUS_INVALID, STATUS_INVALID, STATUS_INVALID,
                                              STATUS_NOT_FOUND, STATUS_NOT_FOUND };
        switch (turn) {
        case 0: s_write_key (self, other, 0600); break;      //  Of another certificate
        case 1: s_write_key (self, other, 0640); break;      //  Open to a group
        case 2: s_write (self->chain, "-", 1, 0600); break;  //  No certificate
        case 3: unlink (self->chain); break;
        case 4:
            s_put_pair (self, -DAY_S, DAY_S);
            unlink (self->key);
            break;
        }
        *self->reason = 0;
        assert_int_equal (tls_reload (tls, self->reason), refusals [turn]);
        assert_true (*self->reason && !strchr (self->reason, '\n'));
        tls_t *none = NULL;
        assert_int_equal (tls_new (self->chain, self->key, &none, self->reason), refusals [turn]);
        assert_null (none);
        s_connect (&client, tls);
        assert_true (s_shake (&client)->cert.size > 0);
        s_leave (&client);
    }
    gnutls_x509_privkey_deinit (other);
    tls_destroy (&tls);
}

static void
a_chain_beyond_its_size_is_refused (void **state)
{
    fixture_t *self = *state;
    size_t size = 300 * 1024;
    char *bytes = calloc (1, size);
    assert_non_null (bytes);
    s_write (self->chain, bytes, size, 0644);
    free (bytes);
    tls_t *tls = NULL;
    assert_int_equal (tls_new (self->chain, self->key, &tls, self->reason), STATUS_TOO_LARGE);
}

static void
dates_that_clients_refuse_are_told (void **state)
{
    fixture_t *self = *state;
    static const struct {
        int64_t begins_s, ends_s;
        const char *says;
    } cases [] = {
        { -2 * DAY_S, -DAY_S, "expired on" },
        { DAY_S, 2 * DAY_S, "is not valid before" },
        { -DAY_S, DAY_S, NULL },
    };
    for (size_t index = 0; index < COUNT (cases); index++) {
        s_put_pair (self, cases [index].begins_s, cases [index].ends_s);
        tls_t *tls = s_new (self);
        char line [TLS_REASON_SIZE];
        assert_int_equal (tls_is_out_of_date (tls, line), cases [index].says != NULL);
        if (cases [index].says) {
            assert_non_null (strstr (line, cases [index].says));
        }
        int64_t left_s = tls_expires_s (tls) - time (NULL);
        assert_in_range (left_s - cases [index].ends_s + 60, 0, 60);
        tls_destroy (&tls);
    }
}

//  GnuTLS reads it: a word that it does not know would fail the start.
static void
the_priorities_are_understood (void **state)
{
    (void) state;
    gnutls_priority_t priorities;
    assert_int_equal (gnutls_priority_init (&priorities, TLS_PRIORITIES, NULL), 0);
    gnutls_priority_deinit (priorities);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test_setup_teardown (a_connection_keeps_the_pair_that_it_began_with, s_setup,
                                         s_teardown),
        cmocka_unit_test_setup_teardown (a_connection_that_left_before_its_handshake_holds_nothing,
                                         s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (files_that_cannot_be_used_keep_what_is_served, s_setup,
                                         s_teardown),
        cmocka_unit_test_setup_teardown (a_chain_beyond_its_size_is_refused, s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (dates_that_clients_refuse_are_told, s_setup, s_teardown),
        cmocka_unit_test (the_priorities_are_understood),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
