//  bank_callback - one thread with libcurl's multi interface takes letters from a
//  queue; a timer of its own puts those there that are to go later.

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "deploy/bank_callback.h"
#include "deploy/bank_json.h"
#include "deploy/bank_timer.h"

enum { IDLE_MS = 60000, FIRST_RETRY_MS = 1000 };

typedef struct letter letter_t;
struct letter {
    bank_callback_t *callback;
    bank_transfer_t transfer;
    bank_alarm_t alarm;  //  Set while it waits for its time
    int tries;
    CURL *easy;  //  While on its way, as what follows
    char *body;
    struct curl_slist *headers;
    int slot;  //  In flight
    letter_t *next;
};

struct bank_callback {
    char *url;
    char secret [BANK_SECRET_MAX];
    size_t secret_size;
    CURLM *multi;
    bank_timer_t *timer;
    pthread_t thread;
    bool runs;                                   //  The thread does
    letter_t *flight [BANK_LETTERS_FLYING_MAX];  //  On their way; the thread's
    int flying;                                  //  How many
    pthread_mutex_t lock;                        //  Guards what follows
    letter_t *first, **last;                     //  Due, in order
    int count;                                   //  Waiting, due or on their way
    int64_t close_by_ms;                         //  0: not closing
};

static int64_t
s_now_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
bank_callback_sign (const void *secret, size_t secret_size, const char *id, int64_t timestamp_s,
                    const char *body, char ret_signature [BANK_SIGNATURE_SIZE])
{
    char head [BANK_TRANSFER_ID_SIZE + 32];
    unsigned char tag [crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    int size = snprintf (head, sizeof head, "%s.%lld.", id, (long long) timestamp_s);
    assert (size > 0 && (size_t) size < sizeof head);
    crypto_auth_hmacsha256_init (&state, secret, secret_size);
    crypto_auth_hmacsha256_update (&state, (const unsigned char *) head, (unsigned long long) size);
    crypto_auth_hmacsha256_update (&state, (const unsigned char *) body, strlen (body));
    crypto_auth_hmacsha256_final (&state, tag);
    sodium_bin2base64 (ret_signature, BANK_SIGNATURE_SIZE, tag, sizeof tag,
                       sodium_base64_VARIANT_ORIGINAL);
}

static void
s_make_due (bank_callback_t *self, letter_t *letter)
{
    letter->next = NULL;
    pthread_mutex_lock (&self->lock);
    *self->last = letter;
    self->last = &letter->next;
    pthread_mutex_unlock (&self->lock);
    curl_multi_wakeup (self->multi);
}

static void
s_ring (bank_alarm_t *alarm)
{
    letter_t *letter = alarm->context;
    s_make_due (letter->callback, letter);
}

//  NULL if none is due.
static letter_t *
s_take_due (bank_callback_t *self)
{
    pthread_mutex_lock (&self->lock);
    letter_t *letter = self->first;
    if (letter) {
        self->first = letter->next;
        self->last = self->first ? self->last : &self->first;
    }
    pthread_mutex_unlock (&self->lock);
    return letter;
}

static size_t
s_ignore_answer (char *bytes, size_t size, size_t count, void *context)
{
    (void) bytes, (void) context;
    return size * count;
}

static struct curl_slist *
s_headers (const bank_callback_t *self, const letter_t *letter)
{
    char signature [BANK_SIGNATURE_SIZE], line [512];
    int64_t now_s = (int64_t) time (NULL);
    const char *id = letter->transfer.transfer_id;
    bank_callback_sign (self->secret, self->secret_size, id, now_s, letter->body, signature);
    struct curl_slist *headers = curl_slist_append (NULL, "Content-Type: application/json");
    snprintf (line, sizeof line, "webhook-id: %s", id);
    headers = curl_slist_append (headers, line);
    snprintf (line, sizeof line, "webhook-timestamp: %lld", (long long) now_s);
    headers = curl_slist_append (headers, line);
    snprintf (line, sizeof line, "webhook-signature: v1,%s", signature);
    return curl_slist_append (headers, line);
}

static void
s_start (bank_callback_t *self, letter_t *letter)
{
    json_t *json = bank_json_transfer (&letter->transfer);
    letter->body = json_dumps (json, JSON_COMPACT);
    json_decref (json);
    letter->headers = s_headers (self, letter);
    letter->tries++;

    CURL *easy = curl_easy_init ();
    assert (letter->body && letter->headers && easy);
    curl_easy_setopt (easy, CURLOPT_URL, self->url);
    curl_easy_setopt (easy, CURLOPT_PRIVATE, letter);
    curl_easy_setopt (easy, CURLOPT_HTTPHEADER, letter->headers);
    curl_easy_setopt (easy, CURLOPT_POSTFIELDS, letter->body);
    curl_easy_setopt (easy, CURLOPT_TIMEOUT_MS, (long) BANK_LETTER_TIMEOUT_MS);
    curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, s_ignore_answer);
    curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt (easy, CURLOPT_PROXY, "");
    curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_multi_add_handle (self->multi, easy);
    letter->easy = easy;
    while (self->flight [letter->slot]) {
        letter->slot = (letter->slot + 1) % BANK_LETTERS_FLYING_MAX;
    }
    self->flight [letter->slot] = letter;
    self->flying++;
}

static void
s_land (bank_callback_t *self, letter_t *letter)
{
    curl_multi_remove_handle (self->multi, letter->easy);
    curl_easy_cleanup (letter->easy);
    curl_slist_free_all (letter->headers);
    free (letter->body);
    self->flight [letter->slot] = NULL;
    self->flying--;
}

//  A letter came back: it is done with, or tried again.
static void
s_end (bank_callback_t *self, CURL *easy, CURLcode result)
{
    letter_t *letter = NULL;
    long status = 0;
    curl_easy_getinfo (easy, CURLINFO_PRIVATE, (char **) &letter);
    curl_easy_getinfo (easy, CURLINFO_RESPONSE_CODE, &status);
    s_land (self, letter);

    bool arrived = result == CURLE_OK && status / 100 == 2;
    pthread_mutex_lock (&self->lock);
    bool again = !arrived && letter->tries < BANK_LETTER_TRIES && !self->close_by_ms;
    if (again) {  //  Under the lock: the timer is there until closing
        bank_timer_set (self->timer, &letter->alarm,
                        (int64_t) FIRST_RETRY_MS << (letter->tries - 1));
    }
    else {
        self->count--;
    }
    pthread_mutex_unlock (&self->lock);
    if (!again) {
        free (letter);
    }
}

//  How long to wait for something to happen; 0: closing, and nothing is left to do,
//  or no time to do it.
static int
s_wait_ms (bank_callback_t *self)
{
    int64_t wait_ms = IDLE_MS;
    pthread_mutex_lock (&self->lock);
    if (self->close_by_ms) {
        int64_t left_ms = self->close_by_ms - s_now_ms ();
        wait_ms = self->count == 0 || left_ms < 0 ? 0 : left_ms;
    }
    pthread_mutex_unlock (&self->lock);
    return (int) wait_ms;
}

static void *
s_run (void *argument)
{
    bank_callback_t *self = argument;
    for (int wait_ms; (wait_ms = s_wait_ms (self)) > 0;) {
        int running, left;
        letter_t *letter;
        while (self->flying < BANK_LETTERS_FLYING_MAX && (letter = s_take_due (self))) {
            s_start (self, letter);
        }
        curl_multi_perform (self->multi, &running);
        bool ended = false;
        for (CURLMsg *message; (message = curl_multi_info_read (self->multi, &left));) {
            CURL *easy = message->easy_handle;
            s_end (self, easy, message->data.result);
            ended = true;
        }
        if (!ended) {
            curl_multi_poll (self->multi, NULL, 0, wait_ms, NULL);
        }
    }
    return NULL;
}

void
bank_callback_send (bank_callback_t *self, const bank_transfer_t *transfer, int64_t delay_ms)
{
    letter_t *letter = calloc (1, sizeof *letter);
    assert (letter);
    letter->callback = self;
    letter->transfer = *transfer;
    letter->alarm = (bank_alarm_t) { .ring = s_ring, .context = letter };
    pthread_mutex_lock (&self->lock);
    bool room = self->count < BANK_LETTERS_MAX;
    self->count += room;
    pthread_mutex_unlock (&self->lock);
    if (!room) {
        free (letter);
    }
    else if (delay_ms > 0) {
        bank_timer_set (self->timer, &letter->alarm, delay_ms);
    }
    else {
        s_make_due (self, letter);
    }
}

static bool
s_read_secret (bank_callback_t *self, const char *file_name, char ret_reason [256])
{
    FILE *file = fopen (file_name, "re");
    if (!file) {
        snprintf (ret_reason, 256, "cannot read %.150s: %s", file_name, strerror (errno));
        return false;
    }
    self->secret_size = fread (self->secret, 1, sizeof self->secret, file);
    bool read = !ferror (file) && self->secret_size < sizeof self->secret;
    fclose (file);
    while (self->secret_size > 0 && memchr (" \t\r\n", self->secret [self->secret_size - 1], 4)) {
        self->secret_size--;
    }
    if (!read || self->secret_size == 0) {
        snprintf (ret_reason, 256, "%.150s holds no secret of 1 to %d bytes", file_name,
                  BANK_SECRET_MAX - 1);
        return false;
    }
    return true;
}

bank_callback_t *
bank_callback_new (const char *url, const char *secret_file, char ret_reason [256])
{
    bank_callback_t *self = calloc (1, sizeof *self);
    assert (self);
    if (!s_read_secret (self, secret_file, ret_reason)) {
        free (self);
        return NULL;
    }
    self->url = strdup (url);
    self->last = &self->first;
    curl_global_init (CURL_GLOBAL_DEFAULT);
    self->multi = curl_multi_init ();
    bool usable = sodium_init () >= 0;
    assert (self->url && self->multi && usable);
    pthread_mutex_init (&self->lock, NULL);
    self->timer = bank_timer_new ();
    self->runs = self->timer && pthread_create (&self->thread, NULL, s_run, self) == 0;
    if (!self->runs) {
        snprintf (ret_reason, 256, "cannot start the callback's threads");
        bank_callback_destroy (&self, 0);
    }
    return self;
}

//  Frees what was not delivered in time. No thread runs any more.
static void
s_let_go (bank_callback_t *self)
{
    for (int slot = 0; slot < BANK_LETTERS_FLYING_MAX; slot++) {
        letter_t *letter = self->flight [slot];
        if (letter) {
            s_land (self, letter);
            free (letter);
        }
    }
    for (letter_t *letter; (letter = s_take_due (self));) {
        free (letter);
    }
}

void
bank_callback_destroy (bank_callback_t **self_p, int64_t grace_s)
{
    bank_callback_t *self = *self_p;
    if (!self) {
        return;
    }
    pthread_mutex_lock (&self->lock);
    self->close_by_ms = s_now_ms () + grace_s * 1000;
    pthread_mutex_unlock (&self->lock);
    bank_timer_destroy (&self->timer);  //  Makes all that waits due
    if (self->runs) {
        curl_multi_wakeup (self->multi);
        pthread_join (self->thread, NULL);
    }
    s_let_go (self);
    curl_multi_cleanup (self->multi);
    pthread_mutex_destroy (&self->lock);
    free (self->url);
    free (self);
    *self_p = NULL;
}
