//  bank_listen - getaddrinfo, bind, listen; the port that was really taken.

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "deploy/bank_listen.h"

//  Splits "HOST:PORT" into its two texts; brackets around an IPv6 host go.
static bool
s_split (const char *address, char ret_host [256], const char **ret_port)
{
    const char *colon = strrchr (address, ':');
    if (!colon || !colon [1]) {
        return false;
    }
    size_t size = (size_t) (colon - address);
    if (size >= 2 && address [0] == '[' && colon [-1] == ']') {
        address++;
        size -= 2;
    }
    if (size == 0 || size >= 256) {
        return false;
    }
    memcpy (ret_host, address, size);
    ret_host [size] = 0;
    *ret_port = colon + 1;
    return true;
}

static int
s_bind (const struct addrinfo *place)
{
    int on = 1;
    int handle = socket (place->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (handle < 0) {
        return -1;
    }
    setsockopt (handle, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  //  After kill -9, at once
    if (bind (handle, place->ai_addr, place->ai_addrlen) != 0 || listen (handle, SOMAXCONN) != 0) {
        int error = errno;
        close (handle);
        errno = error;
        return -1;
    }
    return handle;
}

static unsigned
s_port_of (int handle)
{
    union {
        struct sockaddr_in6 ip6;
        struct sockaddr_in ip4;
        struct sockaddr any;
    } bound = { 0 };
    socklen_t size = sizeof bound;
    if (getsockname (handle, &bound.any, &size) != 0) {
        return 0;
    }
    return ntohs (bound.any.sa_family == AF_INET6 ? bound.ip6.sin6_port : bound.ip4.sin_port);
}

bool
bank_listen (const char *address, int *ret_socket, char ret_bound [BANK_ADDRESS_SIZE],
             char ret_reason [256])
{
    char host [256];
    const char *port;
    if (!s_split (address, host, &port)) {
        snprintf (ret_reason, 256, "\"%.100s\" is not HOST:PORT", address);
        return false;
    }
    struct addrinfo wish = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *places;
    int error = getaddrinfo (host, port, &wish, &places);
    if (error) {
        snprintf (ret_reason, 256, "cannot find the address %.100s: %s", address,
                  gai_strerror (error));
        return false;
    }
    int handle = -1;
    for (const struct addrinfo *place = places; place && handle < 0; place = place->ai_next) {
        handle = s_bind (place);
    }
    error = errno;
    freeaddrinfo (places);
    if (handle < 0) {
        snprintf (ret_reason, 256, "cannot listen on %.100s: %s", address, strerror (error));
        return false;
    }
    *ret_socket = handle;
    snprintf (ret_bound, BANK_ADDRESS_SIZE, strchr (host, ':') ? "[%s]:%u" : "%s:%u", host,
              s_port_of (handle));
    return true;
}
