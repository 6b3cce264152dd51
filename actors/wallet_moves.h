//  wallet_moves - the commands that move a wallet's money. For wallet.c.

#ifndef ACTORS_WALLET_MOVES_H
#define ACTORS_WALLET_MOVES_H

#include "actors/wallet.h"

decide_fn wallet_decide_expect, wallet_decide_unexpect, wallet_decide_credit, wallet_decide_debit,
    wallet_decide_hold, wallet_decide_capture, wallet_decide_release, wallet_decide_pay, wallet_decide_fund,
    wallet_decide_adjust, wallet_decide_return;

#endif
