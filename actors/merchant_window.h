//  merchant_window - what fills a merchant's windows and what closes them.

#ifndef ACTORS_MERCHANT_WINDOW_H
#define ACTORS_MERCHANT_WINDOW_H

#include "actors/merchant.h"

decide_fn merchant_decide_capture, merchant_decide_refund, merchant_decide_close_window,
    merchant_decide_window_due;

#endif
