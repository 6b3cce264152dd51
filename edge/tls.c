//  tls - pairs of chain and key, counted by the connections that use them.

#include "edge/tls.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "edge/secret_file.h"
#include "runtime/scoped.h"

enum {
    CHAIN_SIZE_MAX = 256 * 1024,
    KEY_SIZE_MAX = 64 * 1024,
    KEY_ID_SIZE = 32  //  SHA-256 of a public key
};

struct tls_pair {
    uint32_t holders;  //  The tls itself is one; under its mutex
    gnutls_pcert_st chain [TLS_CHAIN_MAX];
    unsigned count;
    gnutls_privkey_t key;
    time_t begins, ends;
};

struct tls {
    char *chain_path, *key_path;
    pthread_mutex_t mutex;  //  Guards `pair`, and every pair's count
    tls_pair_t *pair;
};

//  ---------------------------------------------------------------------------
//  One pair

static void
s_pair_destroy (tls_pair_t **pair_p)
{
    tls_pair_t *pair = *pair_p;
    if (pair) {
        for (unsigned index = 0; index < pair->count; index++) {
            gnutls_pcert_deinit (&pair->chain [index]);
        }
        gnutls_privkey_deinit (pair->key);
        free (pair);
        *pair_p = NULL;
    }
}

//  The chain is no secret: whoever may read it may.
static status_t
s_read_chain (const char *path, char *bytes, size_t *ret_size, char reason [TLS_REASON_SIZE])
{
    FILE *file = fopen (path, "re");
    struct stat about;
    if (!file || fstat (fileno (file), &about) != 0 || !S_ISREG (about.st_mode)) {
        status_t status = file || errno != ENOENT ? STATUS_NO_ACCESS : STATUS_NOT_FOUND;
        snprintf (reason, TLS_REASON_SIZE, "%.150s cannot be read: %s", path,
                  file ? "it is not a file" : strerror (errno));
        if (file) {
            fclose (file);
        }
        return status;
    }
    *ret_size = fread (bytes, 1, CHAIN_SIZE_MAX, file);
    bool failed = ferror (file) != 0;
    fclose (file);
    if (failed || *ret_size == CHAIN_SIZE_MAX) {
        snprintf (reason, TLS_REASON_SIZE, "%.150s %s", path,
                  failed ? "cannot be read" : "is too large for a certificate chain");
        return failed ? STATUS_IO_ERROR : STATUS_TOO_LARGE;
    }
    return STATUS_OK;
}

static status_t
s_load_chain (tls_pair_t *pair, const char *path, char reason [TLS_REASON_SIZE])
{
    char *bytes = malloc (CHAIN_SIZE_MAX);
    assert (bytes);
    size_t size = 0;
    status_t status = s_read_chain (path, bytes, &size, reason);
    if (status == STATUS_OK) {
        gnutls_datum_t text = { .data = (unsigned char *) bytes, .size = (unsigned) size };
        unsigned count = TLS_CHAIN_MAX;
        int error =
            gnutls_pcert_list_import_x509_raw (pair->chain, &count, &text, GNUTLS_X509_FMT_PEM,
                                               GNUTLS_X509_CRT_LIST_SORT);
        if (error < 0 || count == 0) {
            snprintf (reason, TLS_REASON_SIZE, "%.150s is not a certificate chain in PEM: %s", path,
                      error < 0 ? gnutls_strerror (error) : "it is empty");
            status = STATUS_INVALID;
        }
        else {
            pair->count = count;
        }
    }
    free (bytes);
    return status;
}

static status_t
s_load_key (tls_pair_t *pair, const char *path, char reason [TLS_REASON_SIZE])
{
    char *bytes = malloc (KEY_SIZE_MAX);
    assert (bytes);
    size_t size = 0;
    status_t status = secret_file_read (path, bytes, KEY_SIZE_MAX, &size, reason);
    if (status == STATUS_OK) {
        gnutls_datum_t text = { .data = (unsigned char *) bytes, .size = (unsigned) size };
        int error = gnutls_privkey_import_x509_raw (pair->key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
        if (error == GNUTLS_E_DECRYPTION_FAILED) {
            snprintf (reason, TLS_REASON_SIZE, "%.150s has a passphrase; give a key without one",
                      path);
            status = STATUS_INVALID;
        }
        else if (error < 0) {
            snprintf (reason, TLS_REASON_SIZE, "%.150s is not a private key in PEM: %s", path,
                      gnutls_strerror (error));
            status = STATUS_INVALID;
        }
    }
    sodium_memzero (bytes, size);
    free (bytes);
    return status;
}

//  The key's public half is the certificate's.
static bool
s_fits (const tls_pair_t *pair)
{
    unsigned char of_key [KEY_ID_SIZE] = { 0 }, of_chain [KEY_ID_SIZE] = { 1 };
    size_t key_size = KEY_ID_SIZE, chain_size = KEY_ID_SIZE;
    gnutls_pubkey_t public_half;
    int error = gnutls_pubkey_init (&public_half);
    assert (error >= 0);
    bool read =
        gnutls_pubkey_import_privkey (public_half, pair->key, 0, 0) >= 0
        && gnutls_pubkey_get_key_id (public_half, GNUTLS_KEYID_USE_SHA256, of_key, &key_size) >= 0
        && gnutls_pubkey_get_key_id (pair->chain [0].pubkey, GNUTLS_KEYID_USE_SHA256, of_chain,
                                     &chain_size)
               >= 0;
    gnutls_pubkey_deinit (public_half);
    return read && key_size == chain_size && memcmp (of_key, of_chain, key_size) == 0;
}

static bool
s_read_dates (tls_pair_t *pair)
{
    gnutls_x509_crt_t certificate;
    if (gnutls_pcert_export_x509 (&pair->chain [0], &certificate) < 0) {
        return false;
    }
    pair->begins = gnutls_x509_crt_get_activation_time (certificate);
    pair->ends = gnutls_x509_crt_get_expiration_time (certificate);
    gnutls_x509_crt_deinit (certificate);
    return pair->begins != (time_t) -1 && pair->ends != (time_t) -1;
}

static status_t
s_load (const tls_t *self, tls_pair_t **ret_pair, char reason [TLS_REASON_SIZE])
{
    scoped (s_pair_destroy) tls_pair_t *pair = calloc (1, sizeof *pair);
    assert (pair);
    int error = gnutls_privkey_init (&pair->key);
    assert (error >= 0);
    pair->holders = 1;
    status_t status = s_load_chain (pair, self->chain_path, reason);
    if (status == STATUS_OK) {
        status = s_load_key (pair, self->key_path, reason);
    }
    if (status == STATUS_OK && !s_fits (pair)) {
        snprintf (reason, TLS_REASON_SIZE, "the key %.100s is not that of the certificate %.100s",
                  self->key_path, self->chain_path);
        status = STATUS_INVALID;
    }
    if (status == STATUS_OK && !s_read_dates (pair)) {
        snprintf (reason, TLS_REASON_SIZE, "%.150s has no dates", self->chain_path);
        status = STATUS_INVALID;
    }
    if (status == STATUS_OK) {
        *ret_pair = pair;
        pair = NULL;
    }
    return status;
}

//  ---------------------------------------------------------------------------
//  The one that is served

static tls_pair_t *
s_hold (tls_t *self)
{
    pthread_mutex_lock (&self->mutex);
    tls_pair_t *pair = self->pair;
    pair->holders++;
    pthread_mutex_unlock (&self->mutex);
    return pair;
}

static void
s_let_go (tls_t *self, tls_pair_t **pair_p)
{
    pthread_mutex_lock (&self->mutex);
    bool last = --(*pair_p)->holders == 0;
    pthread_mutex_unlock (&self->mutex);
    if (last) {
        s_pair_destroy (pair_p);
    }
    *pair_p = NULL;
}

status_t
tls_new (const char *chain_path, const char *key_path, tls_t **ret_tls,
         char ret_reason [TLS_REASON_SIZE])
{
    tls_t *self = calloc (1, sizeof *self);
    assert (self);
    self->chain_path = strdup (chain_path);
    self->key_path = strdup (key_path);
    assert (self->chain_path && self->key_path);
    pthread_mutex_init (&self->mutex, NULL);
    status_t status = s_load (self, &self->pair, ret_reason);
    if (status != STATUS_OK) {
        tls_destroy (&self);
        return status;
    }
    *ret_tls = self;
    return STATUS_OK;
}

void
tls_destroy (tls_t **self_p)
{
    tls_t *self = *self_p;
    if (!self) {
        return;
    }
    if (self->pair) {
        assert (self->pair->holders == 1);
        s_pair_destroy (&self->pair);
    }
    pthread_mutex_destroy (&self->mutex);
    free (self->chain_path);
    free (self->key_path);
    free (self);
    *self_p = NULL;
}

status_t
tls_reload (tls_t *self, char ret_reason [TLS_REASON_SIZE])
{
    tls_pair_t *fresh;
    status_t status = s_load (self, &fresh, ret_reason);
    if (status != STATUS_OK) {
        return status;
    }
    pthread_mutex_lock (&self->mutex);
    tls_pair_t *before = self->pair;
    self->pair = fresh;
    pthread_mutex_unlock (&self->mutex);
    s_let_go (self, &before);
    return STATUS_OK;
}

static void
s_write_date (time_t at, char ret_text [32])
{
    struct tm parts;
    size_t size = gmtime_r (&at, &parts) ? strftime (ret_text, 32, "%Y-%m-%d", &parts) : 0;
    ret_text [size] = 0;
}

bool
tls_is_out_of_date (tls_t *self, char ret_line [TLS_REASON_SIZE])
{
    char date [32];
    time_t now = time (NULL);
    tls_pair_t *pair = s_hold (self);
    bool early = now < pair->begins, late = now >= pair->ends;
    s_write_date (early ? pair->begins : pair->ends, date);
    s_let_go (self, &pair);
    snprintf (ret_line, TLS_REASON_SIZE, "the certificate %.150s %s %s, and clients will refuse it",
              self->chain_path, early ? "is not valid before" : "expired on", date);
    return early || late;
}

int64_t
tls_expires_s (tls_t *self)
{
    tls_pair_t *pair = s_hold (self);
    int64_t ends_s = pair->ends;
    s_let_go (self, &pair);
    return ends_s;
}

//  ---------------------------------------------------------------------------
//  Connections

//  libmicrohttpd uses the session's pointer for pre-shared keys alone, which we have not.
void
tls_seat_take (tls_seat_t *seat, tls_t *tls, gnutls_session_t session)
{
    seat->tls = tls;
    gnutls_session_set_ptr (session, seat);
}

void
tls_seat_leave (tls_seat_t *seat)
{
    if (seat->pair) {
        s_let_go (seat->tls, &seat->pair);
    }
}

//  GnuTLS may ask again within a handshake, and gets the same again.
int
tls_retrieve (gnutls_session_t session, const struct gnutls_cert_retr_st *info,
              gnutls_pcert_st **ret_chain, unsigned *ret_count, gnutls_ocsp_data_st **ret_staples,
              unsigned *ret_staple_count, gnutls_privkey_t *ret_key, unsigned *ret_flags)
{
    tls_seat_t *seat = gnutls_session_get_ptr (session);
    (void) info;
    if (!seat->pair) {
        seat->pair = s_hold (seat->tls);
    }
    *ret_chain = seat->pair->chain;
    *ret_count = seat->pair->count;
    *ret_staples = NULL;
    *ret_staple_count = 0;
    *ret_key = seat->pair->key;
    *ret_flags = 0;  //  They stay ours
    return 0;
}
