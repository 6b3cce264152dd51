//  webhook_address - one table of networks, longest prefix not needed: any that matches.

#include "edge/webhook_address.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/scoped.h"

enum { TEXT_SIZE = 64, MAPPED_BITS = 96, URL_MAX = 2048 };

//  What is not the public internet.
static const char *const refused [] = {
    "0.0.0.0/8",        //  This host on this network (RFC 791)
    "10.0.0.0/8",       //  Private (RFC 1918)
    "100.64.0.0/10",    //  Shared by carriers (RFC 6598)
    "127.0.0.0/8",      //  Loopback
    "169.254.0.0/16",   //  Link-local, and the metadata of clouds (RFC 3927)
    "172.16.0.0/12",    //  Private
    "192.0.0.0/24",     //  Protocol assignments (RFC 6890)
    "192.0.2.0/24",     //  Documentation (RFC 5737)
    "192.88.99.0/24",   //  6to4 relays (RFC 7526)
    "192.168.0.0/16",   //  Private
    "198.18.0.0/15",    //  Benchmarks (RFC 2544)
    "198.51.100.0/24",  //  Documentation
    "203.0.113.0/24",   //  Documentation
    "224.0.0.0/4",      //  Multicast (RFC 5771)
    "240.0.0.0/4",      //  Reserved, and broadcast (RFC 1112)
    "2001::/23",        //  Protocol assignments: Teredo, ORCHID (RFC 2928)
    "2001:db8::/32",    //  Documentation (RFC 3849)
    "2002::/16",        //  6to4 (RFC 3056)
    "3fff::/20",        //  Documentation (RFC 9637)
};

//  Of IPv6 only this is global unicast (RFC 4291); all else is loopback, link-local, unique
//  local, multicast, NAT64 or not assigned.
static const webhook_network_t global_unicast = { .bytes = { 0x20 }, .bits = 3 };

static const uint8_t mapped_prefix [12] = { [10] = 0xff, [11] = 0xff };

//  ---------------------------------------------------------------------------
//  Networks

static bool
s_contains (const webhook_network_t *network, const uint8_t address [WEBHOOK_ADDRESS_BYTES])
{
    unsigned whole = network->bits / 8u, rest = network->bits % 8u;
    uint8_t mask = (uint8_t) (0xff00u >> rest);
    return memcmp (network->bytes, address, whole) == 0
           && (rest == 0 || ((network->bytes [whole] ^ address [whole]) & mask) == 0);
}

static bool
s_is_mapped (const uint8_t address [WEBHOOK_ADDRESS_BYTES])
{
    return memcmp (address, mapped_prefix, sizeof mapped_prefix) == 0;
}

//  Text of an address, either family.
static bool
s_parse_address (const char *text, uint8_t ret_address [WEBHOOK_ADDRESS_BYTES])
{
    if (inet_pton (AF_INET6, text, ret_address) == 1) {
        return true;
    }
    memcpy (ret_address, mapped_prefix, sizeof mapped_prefix);
    return inet_pton (AF_INET, text, ret_address + sizeof mapped_prefix) == 1;
}

//  Whether no bit beyond the prefix is set: "10.1.0.0/8" is likely to be a mistake.
static bool
s_is_clean (const webhook_network_t *network)
{
    for (unsigned bit = network->bits; bit < 8 * WEBHOOK_ADDRESS_BYTES; bit++) {
        if (network->bytes [bit / 8] & (0x80u >> bit % 8)) {
            return false;
        }
    }
    return true;
}

static bool
s_parse_network (const char *text, webhook_network_t *ret_network)
{
    char address [TEXT_SIZE];
    size_t size = strcspn (text, "/");
    if (size >= sizeof address) {
        return false;
    }
    memcpy (address, text, size);
    address [size] = 0;
    if (!s_parse_address (address, ret_network->bytes)) {
        return false;
    }
    bool v4 = strchr (address, ':') == NULL;
    unsigned long bits = v4 ? 32 : 128, most = bits;
    if (text [size]) {
        char *end = NULL;
        bits = strtoul (text + size + 1, &end, 10);
        if (!strchr ("0123456789", text [size + 1]) || !text [size + 1] || *end || bits > most) {
            return false;
        }
    }
    ret_network->bits = (uint8_t) (bits + (v4 ? MAPPED_BITS : 0));
    return s_is_clean (ret_network);
}

bool
webhook_allowed_parse (const char *text, webhook_allowed_t *ret_allowed, char ret_reason [256])
{
    webhook_allowed_t allowed = { 0 };
    while (text && *text) {
        char part [TEXT_SIZE];
        size_t size = strcspn (text, ",");
        snprintf (part, sizeof part, "%.*s", (int) size, text);
        if (allowed.count == WEBHOOK_NETWORKS_MAX) {
            snprintf (ret_reason, 256, "has more than %d networks", WEBHOOK_NETWORKS_MAX);
            return false;
        }
        if (size >= sizeof part || !s_parse_network (part, &allowed.networks [allowed.count++])) {
            snprintf (ret_reason, 256, "has \"%s\", which is not a network such as 10.0.0.0/8",
                      part);
            return false;
        }
        text += size + (text [size] == ',');
        if (text [-1] == ',' && !*text) {
            snprintf (ret_reason, 256, "has nothing after its last comma");
            return false;
        }
    }
    *ret_allowed = allowed;
    return true;
}

//  ---------------------------------------------------------------------------
//  Addresses

static bool
s_is_public (const uint8_t address [WEBHOOK_ADDRESS_BYTES])
{
    if (!s_is_mapped (address) && !s_contains (&global_unicast, address)) {
        return false;
    }
    for (size_t index = 0; index < COUNT (refused); index++) {
        webhook_network_t network;
        if (!s_parse_network (refused [index], &network) || s_contains (&network, address)) {
            return false;
        }
    }
    return true;
}

static bool
s_may (const webhook_allowed_t *allowed, const uint8_t address [WEBHOOK_ADDRESS_BYTES])
{
    for (size_t index = 0; index < allowed->count; index++) {
        if (s_contains (&allowed->networks [index], address)) {
            return true;
        }
    }
    return s_is_public (address);
}

bool
webhook_address_may (const webhook_allowed_t *allowed, const struct sockaddr *address, size_t size)
{
    uint8_t bytes [WEBHOOK_ADDRESS_BYTES];
    if (address->sa_family == AF_INET && size >= sizeof (struct sockaddr_in)) {
        struct sockaddr_in v4;
        memcpy (&v4, address, sizeof v4);
        memcpy (bytes, mapped_prefix, sizeof mapped_prefix);
        memcpy (bytes + sizeof mapped_prefix, &v4.sin_addr, sizeof v4.sin_addr);
        return s_may (allowed, bytes);
    }
    if (address->sa_family == AF_INET6 && size >= sizeof (struct sockaddr_in6)) {
        struct sockaddr_in6 v6;
        memcpy (&v6, address, sizeof v6);
        memcpy (bytes, &v6.sin6_addr, sizeof bytes);
        return s_may (allowed, bytes);
    }
    return false;
}

//  ---------------------------------------------------------------------------
//  URLs

static bool
s_is_plain (const char *url)
{
    size_t size = 0;
    while (url [size] > ' ' && url [size] < 0x7f) {
        size++;
    }
    return size > 0 && size <= URL_MAX && url [size] == 0;
}

static bool
s_has (CURLU *parsed, CURLUPart part)
{
    char *text = NULL;
    bool has = curl_url_get (parsed, part, &text, 0) == CURLUE_OK;
    curl_free (text);
    return has;
}

static bool
s_is_web (CURLU *parsed)
{
    char *scheme = NULL;
    bool web = curl_url_get (parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
               && (strcmp (scheme, "http") == 0 || strcmp (scheme, "https") == 0);
    curl_free (scheme);
    return web;
}

//  libcurl writes numbers that stand for an IPv4 address as one, and brackets around IPv6.
static bool
s_host_may (const webhook_allowed_t *allowed, CURLU *parsed)
{
    uint8_t address [WEBHOOK_ADDRESS_BYTES];
    char *host = NULL;
    bool may = false;
    if (curl_url_get (parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        size_t size = strlen (host);
        bool bracketed = size > 1 && host [0] == '[';
        if (bracketed) {
            host [size - 1] = 0;
        }
        may = !s_parse_address (host + bracketed, address) ? !bracketed : s_may (allowed, address);
    }
    curl_free (host);
    return may;
}

webhook_url_t
webhook_url_check (const webhook_allowed_t *allowed, const char *url)
{
    webhook_url_t verdict = WEBHOOK_URL_FINE;
    CURLU *parsed = curl_url ();
    if (!s_is_plain (url) || !parsed || curl_url_set (parsed, CURLUPART_URL, url, 0) != CURLUE_OK
        || !s_is_web (parsed)) {
        verdict = WEBHOOK_URL_MALFORMED;
    }
    else if (s_has (parsed, CURLUPART_USER) || s_has (parsed, CURLUPART_PASSWORD)) {
        verdict = WEBHOOK_URL_HAS_USER;
    }
    else if (!s_host_may (allowed, parsed)) {
        verdict = WEBHOOK_URL_REFUSED;
    }
    curl_url_cleanup (parsed);
    return verdict;
}
