//  webhook_address - where a webhook may go: the guard against receivers that are ours.
//
//  Whoever registers a URL chooses what this node connects to. Without a guard that is
//  also the metadata service of the cloud, the database beside us, our own operator
//  routes. So nothing but addresses of the public internet is connected to:
//
//      refused    this host, private, shared, loopback, link-local, multicast, reserved,
//                 documentation, benchmarks, transition (6to4, Teredo, NAT64: they have
//                 an IPv4 address inside, which might be any of these)
//      judged     IPv4-mapped IPv6, as the IPv4 address that it is
//      allowed    everything else, and what the operator's list names (--webhook-allow)
//
//  Source: IANA's special-purpose registries of IPv4 and IPv6 (RFC 6890), and RFC 4291:
//  outside of 2000::/3 there is no global unicast.
//
//  The gateway asks at the moment of connecting, about the very address (CURLOPT_-
//  OPENSOCKETFUNCTION), so that a name which resolves to another one by then gains
//  nothing. The route asks when a URL is registered: that refuses early what is plainly
//  wrong, and protects from nothing by itself.
//
//  Pure; any thread.

#ifndef EDGE_WEBHOOK_ADDRESS_H
#define EDGE_WEBHOOK_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { WEBHOOK_NETWORKS_MAX = 32, WEBHOOK_ADDRESS_BYTES = 16 };

//  IPv4 is held as IPv4-mapped IPv6, so that there is one kind of address.
typedef struct {
    uint8_t bytes [WEBHOOK_ADDRESS_BYTES];
    uint8_t bits;                   //  Of 128 that count
} webhook_network_t;

//  Zeroed: the operator allows nothing beyond the public internet.
typedef struct {
    size_t count;
    webhook_network_t networks [WEBHOOK_NETWORKS_MAX];
} webhook_allowed_t;

//  "10.0.0.0/8,fd00::/8,127.0.0.1" (without '/': that one address); NULL or "": none. False if
//  it is not that, also if bits beyond the prefix are set; ret_reason gets what the text has
//  ("has nothing after its last comma").
bool webhook_allowed_parse (const char *text, webhook_allowed_t *ret_allowed,
                            char ret_reason [256]);

//  Whether this may be connected to. What is neither IPv4 nor IPv6 may not.
bool webhook_address_may (const webhook_allowed_t *allowed, const struct sockaddr *address,
                          size_t size);

typedef enum {
    WEBHOOK_URL_FINE,
    WEBHOOK_URL_MALFORMED,          //  Not an absolute http or https URL of printable ASCII
    WEBHOOK_URL_HAS_USER,           //  Name or password in it
    WEBHOOK_URL_REFUSED             //  Its host is an address that may not be connected to
} webhook_url_t;

//  Names are not resolved: whether their address may be connected to is seen then. An
//  address is found in every spelling that libcurl takes for one ("0x7f.1", "2130706433").
webhook_url_t webhook_url_check (const webhook_allowed_t *allowed, const char *url);

#endif
