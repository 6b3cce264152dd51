//  vault - one libcurl handle, one answer at a time, every failure told apart.

#include "edge/vault.h"

#include <assert.h>
#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "edge/secret_file.h"

enum { TOKEN_MAX = 2048, HEADER_MAX = TOKEN_MAX + 32, URL_MAX = 1024, LOOK_AGAIN_S = 5 };

struct vault {
    CURL *curl;
    char *address;
    char *token_file;   //  NULL: VAULT_TOKEN
    char *token;        //  Guarded memory
    int64_t tend_at_s;  //  Monotonic; 0: not looked at yet; INT64_MAX: it lives for ever
    char *answer;       //  VAULT_ANSWER_MAX + 1
    size_t answer_size;
    bool overflown;
};

//  One line for people, and the status that goes with it.
#define REFUSE(reason, status, ...)                                                                \
    (snprintf (reason, 256, __VA_ARGS__), (status_t) STATUS_##status)

//  ---------------------------------------------------------------------------
//  The token

static bool
s_is_token (const char *text)
{
    for (const char *letter = text; *letter; letter++) {
        if (*letter <= ' ' || *letter > '~') {
            return false;
        }
    }
    return *text != '\0';
}

//  What is there now. A file may end with a line end.
static status_t
s_read_token (vault_t *self, char reason [256])
{
    char token [TOKEN_MAX] = "";
    const char *given = getenv ("VAULT_TOKEN");
    status_t status = STATUS_OK;
    size_t size = 0;

    if (self->token_file) {
        status = secret_file_read (self->token_file, token, sizeof token - 1, &size, reason);
        token [status == STATUS_OK ? size : 0] = '\0';
        token [strcspn (token, "\r\n")] = '\0';
    }
    else if (given) {
        snprintf (token, sizeof token, "%s", given);
    }
    if (status == STATUS_OK && !s_is_token (token)) {
        status = self->token_file
                     ? REFUSE (reason, INVALID, "%.200s holds no token of Vault", self->token_file)
                     : REFUSE (reason, INVALID,
                               "no token for Vault; give --vault-token-file or VAULT_TOKEN");
    }
    if (status == STATUS_OK) {
        strcpy (self->token, token);
    }
    sodium_memzero (token, sizeof token);
    return status;
}

status_t
vault_new (const char *address, const char *token_file, vault_t **ret_vault, char ret_reason [256])
{
    if (sodium_init () < 0 || curl_global_init (CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return REFUSE (ret_reason, LIMIT, "Vault: the library cannot be started");
    }
    vault_t *self = calloc (1, sizeof *self);
    assert (self);
    self->curl = curl_easy_init ();
    self->address = strdup (address);
    self->token_file = token_file ? strdup (token_file) : NULL;
    self->token = sodium_malloc (TOKEN_MAX);
    self->answer = malloc (VAULT_ANSWER_MAX + 1);
    assert (self->curl && self->address && self->token && self->answer);
    status_t status = s_read_token (self, ret_reason);
    if (status != STATUS_OK) {
        vault_destroy (&self);
        return status;
    }
    *ret_vault = self;
    return STATUS_OK;
}

void
vault_destroy (vault_t **self_p)
{
    vault_t *self = *self_p;
    if (self) {
        curl_easy_cleanup (self->curl);
        free (self->address);
        free (self->token_file);
        sodium_free (self->token);  //  Wipes
        free (self->answer);
        free (self);
        *self_p = NULL;
    }
}

//  ---------------------------------------------------------------------------
//  One call

static size_t
s_take_bytes (char *bytes, size_t size, size_t count, void *context)
{
    vault_t *self = context;
    size *= count;
    if (size > VAULT_ANSWER_MAX - self->answer_size) {
        self->overflown = true;
        return 0;
    }
    memcpy (self->answer + self->answer_size, bytes, size);
    self->answer_size += size;
    return size;
}

static void
s_prepare (vault_t *self, const char *method, const char *url, struct curl_slist *headers,
           const char *body)
{
    CURL *curl = self->curl;
    const char *authorities = getenv ("VAULT_CACERT");

    self->answer_size = 0;
    self->overflown = false;
    curl_easy_reset (curl);
    curl_easy_setopt (curl, CURLOPT_URL, url);
    curl_easy_setopt (curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt (curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt (curl, CURLOPT_TIMEOUT_MS, (long) VAULT_TIMEOUT_MS);
    curl_easy_setopt (curl, CURLOPT_WRITEFUNCTION, s_take_bytes);
    curl_easy_setopt (curl, CURLOPT_WRITEDATA, self);
    curl_easy_setopt (curl, CURLOPT_HTTPHEADER, headers);
    if (authorities && *authorities) {
        curl_easy_setopt (curl, CURLOPT_CAINFO, authorities);
    }
    if (body) {
        curl_easy_setopt (curl, CURLOPT_POSTFIELDS, body);
    }
    curl_easy_setopt (curl, CURLOPT_CUSTOMREQUEST, method);
}

//  The HTTP status, or 0 with a reason.
static long
s_call_once (vault_t *self, const char *method, const char *path, const char *body,
             char reason [256])
{
    char url [URL_MAX], header [HEADER_MAX];
    long http_status = 0;

    if (snprintf (url, sizeof url, "%s/v1/%s", self->address, path) >= URL_MAX) {
        snprintf (reason, 256, "Vault: the path is too long");
        return 0;
    }
    snprintf (header, sizeof header, "X-Vault-Token: %s", self->token);
    struct curl_slist *headers = curl_slist_append (NULL, header);
    headers = curl_slist_append (headers, "X-Vault-Request: true");
    headers = curl_slist_append (headers, "Content-Type: application/json");
    sodium_memzero (header, sizeof header);
    s_prepare (self, method, url, headers, body);
    CURLcode code = curl_easy_perform (self->curl);
    if (code != CURLE_OK) {
        snprintf (reason, 256, "Vault at %.100s: %s", self->address,
                  self->overflown ? "the answer is too large" : curl_easy_strerror (code));
    }
    else {
        curl_easy_getinfo (self->curl, CURLINFO_RESPONSE_CODE, &http_status);
    }
    curl_slist_free_all (headers);
    return http_status;
}

//  What Vault itself says is wrong; no line ends, none of our own secrets are in it.
static void
s_complaint (const vault_t *self, char ret_text [96])
{
    json_t *root = json_loadb (self->answer, self->answer_size, 0, NULL);
    const char *text = json_string_value (json_array_get (json_object_get (root, "errors"), 0));
    snprintf (ret_text, 96, "%s%.90s", text ? ": " : "", text ? text : "");
    for (char *letter = ret_text; *letter; letter++) {
        *letter = (char) ((unsigned char) *letter < ' ' ? ' ' : *letter);
    }
    json_decref (root);
}

static status_t
s_judge (const vault_t *self, long http_status, const char *path, char reason [256])
{
    char complaint [96];

    if (http_status == 200 || http_status == 204) {
        return STATUS_OK;
    }
    if (http_status == 0) {  //  The reason is there
        return STATUS_IO_ERROR;
    }
    s_complaint (self, complaint);
    switch (http_status) {
    case 403:
        return REFUSE (reason, NO_ACCESS, "Vault at %.60s refuses the token %.60s (403%s)",
                       self->address, path, complaint);
    case 404:
        return REFUSE (reason, NOT_FOUND, "Vault at %.60s has nothing at %.60s (404%s)",
                       self->address, path, complaint);
    case 429:
    case 472:
    case 473:
        return REFUSE (reason, BUSY, "Vault at %.60s is standing by or over its limits (%ld%s)",
                       self->address, http_status, complaint);
    case 503:
        return REFUSE (reason, BUSY, "Vault at %.60s is sealed or being maintained (503%s)",
                       self->address, complaint);
    default:
        return REFUSE (reason, INVALID, "Vault at %.60s answers %ld for %.60s%s", self->address,
                       http_status, path, complaint);
    }
}

//  True if the file holds another token now.
static bool
s_take_other_token (vault_t *self)
{
    char before [TOKEN_MAX], unused [256];
    bool other = false;

    strcpy (before, self->token);
    if (self->token_file && s_read_token (self, unused) == STATUS_OK) {
        other = strcmp (before, self->token) != 0;
    }
    sodium_memzero (before, sizeof before);
    if (other) {
        self->tend_at_s = 0;
    }
    return other;
}

status_t
vault_call (vault_t *self, const char *method, const char *path, const char *body,
            json_t **ret_root, char reason [256])
{
    long http_status = s_call_once (self, method, path, body, reason);
    if (http_status == 403 && s_take_other_token (self)) {
        http_status = s_call_once (self, method, path, body, reason);
    }
    status_t status = s_judge (self, http_status, path, reason);
    if (status == STATUS_OK && ret_root) {
        *ret_root = json_loadb (self->answer, self->answer_size, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object (*ret_root)) {
            json_decref (*ret_root);
            *ret_root = NULL;
            status = REFUSE (reason, INVALID, "Vault at %.60s answers something else for %.60s",
                             self->address, path);
        }
    }
    sodium_memzero (self->answer, self->answer_size);
    return status;
}

//  ---------------------------------------------------------------------------
//  The token's life

static int64_t
s_now_s (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

//  Half of what is left.
static void
s_tend_after (vault_t *self, int64_t life_s)
{
    self->tend_at_s = s_now_s () + life_s / 2;
}

static status_t
s_look_up (vault_t *self, char reason [256])
{
    json_t *root = NULL;
    status_t status = vault_call (self, "GET", "auth/token/lookup-self", NULL, &root, reason);
    if (status == STATUS_OK) {
        json_t *data = json_object_get (root, "data");
        s_tend_after (self, json_integer_value (json_object_get (data, "ttl")));
        if (!json_is_string (json_object_get (data, "expire_time"))) {
            self->tend_at_s = INT64_MAX;  //  It does not end: a root token
        }
    }
    json_decref (root);
    return status;
}

status_t
vault_tend (vault_t *self, char ret_reason [256])
{
    if (s_now_s () < self->tend_at_s) {
        return STATUS_OK;
    }
    if (self->tend_at_s == 0) {
        return s_look_up (self, ret_reason);
    }
    json_t *root = NULL;
    self->tend_at_s = s_now_s () + LOOK_AGAIN_S;
    status_t status = vault_call (self, "POST", "auth/token/renew-self", "{}", &root, ret_reason);
    if (status == STATUS_OK) {
        json_t *auth = json_object_get (root, "auth");
        s_tend_after (self, json_integer_value (json_object_get (auth, "lease_duration")));
    }
    else if (s_take_other_token (self)) {
        status = s_look_up (self, ret_reason);
    }
    json_decref (root);
    return status;
}
