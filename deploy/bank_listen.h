//  bank_listen - a listening socket for an address that was told as text.

#ifndef DEPLOY_BANK_LISTEN_H
#define DEPLOY_BANK_LISTEN_H

#include <stdbool.h>

enum { BANK_ADDRESS_SIZE = 320 };

//  Binds "HOST:PORT" or "[IPV6]:PORT" and listens. *ret_socket is owned by the
//  caller; ret_bound is the address with the port that was taken if 0 was asked
//  for. False if it cannot, with one line in ret_reason.
bool bank_listen (const char *address, int *ret_socket, char ret_bound [BANK_ADDRESS_SIZE],
                  char ret_reason [256]);

#endif
