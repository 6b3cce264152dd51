//  unsettled - what keeps a member from closing or from being erased: looks through the
//  lists, when they have caught up (route.looks).
//
//      to close     no merchant of the member has items in its open window, a sum carried
//                   over, or a settlement that is closed, paying or parked
//      to erase     the same; and no bank transfer of the member is requested, unknown,
//                   parked or awaiting approval, and no recharge is running or parked:
//                   they need its account, which is sealed with its key
//
//  Withdrawals, remittances and payments of a closed member are over: each of them held
//  money in the wallet or was expected there, and kept it from closing.

#ifndef EDGE_UNSETTLED_H
#define EDGE_UNSETTLED_H

#include "edge/answer.h"

//  False: the problem is set, *ret_open is not. Any thread; short LMDB reads.
bool unsettled_to_close (request_t *self, oid_t member, bool *ret_open);
bool unsettled_to_erase (request_t *self, oid_t member, bool *ret_open);

#endif
