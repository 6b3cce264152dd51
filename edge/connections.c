//  connections - a list to sweep, and a hash table of addresses with their counts.

#include "edge/connections.h"

#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/scoped.h"

enum { BUCKETS = 1024, ADDRESS_SIZE = 16 };

typedef struct address {
    struct address *next;
    uint8_t bytes [ADDRESS_SIZE];
    int64_t connections;  //  Never 0
} address_t;

struct connection {
    connection_t *before, *next;
    connections_t *of;
    int socket;
    address_t *address;
    connection_surplus_t surplus;
    tls_seat_t seat;
    _Atomic int64_t until_ms;  //  To leave its phase
    bool shut;
};

struct connections {
    connections_config_t config;
    uint8_t hash_key [crypto_shorthash_KEYBYTES];  //  So that nobody chooses his bucket
    pthread_mutex_t mutex;                         //  Guards what follows
    connection_t *first;
    int64_t count;
    uint64_t late;
    address_t *buckets [BUCKETS];
};

connections_t *
connections_new (const connections_config_t *config)
{
    connections_t *self = calloc (1, sizeof *self);
    assert (self);
    self->config = *config;
    randombytes_buf (self->hash_key, sizeof self->hash_key);
    pthread_mutex_init (&self->mutex, NULL);
    return self;
}

void
connections_destroy (connections_t **self_p)
{
    connections_t *self = *self_p;
    if (self) {
        assert (!self->first);
        pthread_mutex_destroy (&self->mutex);
        free (self);
        *self_p = NULL;
    }
}

//  ---------------------------------------------------------------------------
//  Addresses

static void
s_name_address (const struct sockaddr *address, uint8_t ret_bytes [ADDRESS_SIZE])
{
    memset (ret_bytes, 0, ADDRESS_SIZE);
    if (address && address->sa_family == AF_INET) {
        const struct sockaddr_in *ip4 = (const struct sockaddr_in *) (const void *) address;
        memcpy (ret_bytes + 12, &ip4->sin_addr, sizeof ip4->sin_addr);
    }
    else if (address && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *) (const void *) address;
        bool mapped = IN6_IS_ADDR_V4MAPPED (&ip6->sin6_addr);
        memcpy (ret_bytes + (mapped ? 12 : 0), ip6->sin6_addr.s6_addr + (mapped ? 12 : 0),
                mapped ? 4 : 8);
    }
}

//  Where the address is, or would be.
static address_t **
s_find_address (connections_t *self, const uint8_t bytes [ADDRESS_SIZE])
{
    uint8_t hash [crypto_shorthash_BYTES];
    uint32_t bucket;
    crypto_shorthash (hash, bytes, ADDRESS_SIZE, self->hash_key);
    memcpy (&bucket, hash, sizeof bucket);
    address_t **place = &self->buckets [bucket % BUCKETS];
    while (*place && memcmp ((*place)->bytes, bytes, ADDRESS_SIZE) != 0) {
        place = &(*place)->next;
    }
    return place;
}

static address_t *
s_count_in (connections_t *self, const struct sockaddr *of)
{
    uint8_t bytes [ADDRESS_SIZE];
    s_name_address (of, bytes);
    address_t **place = s_find_address (self, bytes);
    if (!*place) {
        *place = calloc (1, sizeof **place);
        assert (*place);
        memcpy ((*place)->bytes, bytes, ADDRESS_SIZE);
    }
    (*place)->connections++;
    return *place;
}

static void
s_count_out (connections_t *self, address_t *address)
{
    if (--address->connections == 0) {
        address_t **place = s_find_address (self, address->bytes);
        assert (*place == address);
        *place = address->next;
        free (address);
    }
}

//  ---------------------------------------------------------------------------
//  Connections

connection_t *
connections_open (connections_t *self, int socket, const struct sockaddr *address, tls_t *tls,
                  gnutls_session_t session, int64_t now_ms)
{
    connection_t *connection = calloc (1, sizeof *connection);
    assert (connection);
    connection->of = self;
    connection->socket = socket;
    connection_enter (connection, CONNECTION_IDLE, now_ms);
    if (tls) {
        tls_seat_take (&connection->seat, tls, session);
    }
    pthread_mutex_lock (&self->mutex);
    connection->address = s_count_in (self, address);
    connection->surplus = self->count >= self->config.total ? CONNECTION_BEYOND
                          : connection->address->connections > self->config.per_address
                              ? CONNECTION_BEYOND_ADDRESS
                              : CONNECTION_WITHIN;
    self->count++;
    connection->next = self->first;
    if (self->first) {
        self->first->before = connection;
    }
    self->first = connection;
    pthread_mutex_unlock (&self->mutex);
    return connection;
}

void
connections_close (connections_t *self, connection_t **connection_p)
{
    connection_t *connection = *connection_p;
    pthread_mutex_lock (&self->mutex);
    *(connection->before ? &connection->before->next : &self->first) = connection->next;
    if (connection->next) {
        connection->next->before = connection->before;
    }
    self->count--;
    s_count_out (self, connection->address);
    pthread_mutex_unlock (&self->mutex);
    tls_seat_leave (&connection->seat);
    free (connection);
    *connection_p = NULL;
}

connection_surplus_t
connection_surplus (const connection_t *connection)
{
    return connection ? connection->surplus : CONNECTION_WITHIN;
}

void
connection_enter (connection_t *connection, connection_phase_t phase, int64_t now_ms)
{
    const connections_config_t *config = &connection->of->config;
    int64_t until_ms = phase == CONNECTION_IDLE     ? now_ms + config->idle_ms
                       : phase == CONNECTION_SERVED ? INT64_MAX
                                                    : now_ms + config->transfer_ms;
    atomic_store_explicit (&connection->until_ms, until_ms, memory_order_relaxed);
}

void
connections_sweep (connections_t *self, int64_t now_ms)
{
    pthread_mutex_lock (&self->mutex);
    for (connection_t *connection = self->first; connection; connection = connection->next) {
        int64_t until_ms = atomic_load_explicit (&connection->until_ms, memory_order_relaxed);
        if (now_ms >= until_ms && !connection->shut) {
            connection->shut = true;
            self->late++;
            shutdown (connection->socket, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock (&self->mutex);
}

uint32_t
connections_count (connections_t *self)
{
    pthread_mutex_lock (&self->mutex);
    uint32_t count = (uint32_t) self->count;
    pthread_mutex_unlock (&self->mutex);
    return count;
}

uint64_t
connections_late (connections_t *self)
{
    pthread_mutex_lock (&self->mutex);
    uint64_t late = self->late;
    pthread_mutex_unlock (&self->mutex);
    return late;
}
