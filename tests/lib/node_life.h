//  node_life - lives of a node in processes of their own, on one folder, so that a life
//  may be killed or stop itself; and a bank that the test plays.

#ifndef TESTS_LIB_NODE_LIFE_H
#define TESTS_LIB_NODE_LIFE_H

#include <czmq.h>
#include <sys/types.h>
#include "tests/lib/node_fixture.h"

//  What happens in a life. `number` is the test's; `told` is a pipe to the parent. The
//  node is stopped after it, if it still runs.
typedef void (node_life_fn) (node_fixture_t *node, uint32_t number, int told);

//  Begins a life in a child; *ret_told is where it tells. Its exit status is 0 if all
//  that it asserts holds. No socket may have been opened in this process.
pid_t node_life_begin (node_life_fn *life, node_fixture_t *node, uint32_t number,
                       int *ret_told);

//  A life that ends by itself, well.
void node_live (node_life_fn *life, node_fixture_t *node, uint32_t number);

//  Asks for the number-th bank account; the bank is asked about it.
void node_link (node_fixture_t *self, uint32_t number);

//  The socket on which the bank is asked, for node_bank_asked with this frame.
zsock_t *node_bank_new (zmq_msg_t *frame);

//  The number of the account about which the bank is asked next; the question is in
//  the frame.
uint32_t node_bank_asked (zsock_t *bank, zmq_msg_t *frame);

#endif
