//  verdict - how a command was decided: accepted, or refused by a rule.
//
//  One table of code, HTTP status and title. The number is on disk for ever (a
//  refusal is a record): append, never renumber, never reuse. The name, in lower
//  case, is the `code` that clients see.

#ifndef RUNTIME_VERDICT_H
#define RUNTIME_VERDICT_H

#include <stdint.h>

#define VERDICTS(X)                                                                                \
    X (ACCEPTED, 0, 200, "Accepted")                                                               \
    X (NOT_FOUND, 1, 404, "There is no such object")                                               \
    X (ALREADY_EXISTS, 2, 409, "The object exists already")                                        \
    X (STATE_CONFLICT, 3, 409, "The object's state does not allow this")                           \
    X (REFERENCE_REUSED, 4, 409, "The movement's reference was used for something else")           \
    X (EMAIL_EXISTS, 5, 409, "The email address belongs to a member already")                      \
    X (WALLET_EXISTS, 6, 409, "The member has a wallet already")                                   \
    X (ORDER_EXISTS, 7, 409, "The merchant has a payment for this order already")                  \
    X (BANK_ACCOUNT_ALREADY_LINKED, 8, 409, "The bank account is linked already")                  \
    X (MEMBER_NOT_FOUND, 9, 422, "There is no such member")                                        \
    X (MEMBER_SUSPENDED, 10, 422, "The member is suspended")                                       \
    X (MEMBER_CLOSED, 11, 422, "The member has left")                                              \
    X (MEMBER_NOT_CORPORATE, 12, 422, "The member is not a corporate one")                         \
    X (WALLET_NOT_FOUND, 13, 422, "There is no such wallet")                                       \
    X (WALLET_SUSPENDED, 14, 422, "The wallet is suspended")                                       \
    X (WALLET_CLOSED, 15, 422, "The wallet is closed")                                             \
    X (INSUFFICIENT_FUNDS, 16, 422, "The wallet does not hold enough")                             \
    X (BALANCE_LIMIT_EXCEEDED, 17, 422, "The wallet would hold more than it may")                  \
    X (AMOUNT_LIMIT_EXCEEDED, 18, 422, "The amount is more than one movement may carry")           \
    X (DAILY_LIMIT_EXCEEDED, 19, 422, "The day's outflow would exceed its limit")                  \
    X (HOLD_LIMIT_EXCEEDED, 20, 422, "The wallet has as many holds as it may")                     \
    X (BANK_ACCOUNT_NOT_FOUND, 21, 422, "There is no such bank account")                           \
    X (BANK_ACCOUNT_CLOSED, 22, 422, "The bank account is closed")                                 \
    X (BANK_ACCOUNT_HOLDER_MISMATCH, 23, 422, "The bank account is held by someone else")          \
    X (BANK_ACCOUNT_NOT_LINKED, 24, 422, "The bank account is not linked")                         \
    X (BANK_DECLINED, 25, 422, "The bank declined the transfer")                                   \
    X (BANK_UNAVAILABLE, 26, 422, "The bank did not answer; try again with a new key")                                 \
    X (MERCHANT_NOT_FOUND, 27, 422, "There is no such merchant")                                   \
    X (MERCHANT_SUSPENDED, 28, 422, "The merchant is suspended")                                   \
    X (CURRENCY_MISMATCH, 29, 422, "The currencies differ")                                        \
    X (EXPECT_LIMIT_EXCEEDED, 30, 422, "The wallet expects as many credits as it may")             \
    X (EXPECT_VOIDED, 31, 422, "The expected credit was given up")                                 \
    X (INVARIANT_BROKEN, 32, 422, "The command was set aside: it would break an invariant")        \
    X (UNDECODABLE, 33, 422, "The command was set aside: it cannot be decoded")                    \
    X (BANK_ACCOUNT_NOT_OWNED, 34, 422, "The bank account belongs to another member")              \
    X (AMOUNT_INVALID, 35, 422, "The amount is out of range")                                      \
    X (SAGA_PARKED, 36, 409, "The process waits for an operator")                                  \
    X (DEADLINE_EXCEEDED, 37, 422, "A step did not answer in time")                                \
    X (ATTEMPT_LIMIT_EXCEEDED, 38, 422, "It was tried as often as it may be")                      \
    X (AMOUNT_NOT_CAPTURABLE, 39, 422, "The amount is more than is left to capture")               \
    X (AMOUNT_NOT_REFUNDABLE, 40, 422, "The amount is more than is left to refund")                \
    X (REFUNDABLE_STALE, 41, 409, "The refundable amount is another by now")                       \
    X (OPERATION_LIMIT_EXCEEDED, 42, 422, "It has as many captures and refunds as it may")         \
    X (SAME_MEMBER, 43, 422, "Sender and recipient are the same")                                  \
    X (RECIPIENT_NOT_FOUND, 44, 422, "There is no such recipient")                                 \
    X (AMOUNT_MISMATCH, 45, 422, "The amount is not the one that was asked for")                   \
    X (WALLET_NOT_EMPTY, 46, 409, "The wallet holds money")                                        \
    X (SAME_OPERATOR, 47, 409, "Another operator than the one who proposed must decide")           \
    X (APPROVAL_REJECTED, 48, 422, "The second operator rejected it")                              \
    X (CREDENTIALS_INVALID, 49, 401, "Email or password is wrong")                                 \
    X (LOGIN_LOCKED, 50, 429, "Too many wrong passwords: wait before the next try")                \
    X (SESSION_EXPIRED, 51, 401, "The session has ended")                                          \
    X (TRANSFERS_OPEN, 52, 409, "Money is still on its way")                                       \
    X (PAYMENT_EXPIRED, 53, 409, "The authorization has expired")                                  \
    X (MEMBER_ERASED, 54, 422, "The member's data was erased")                                     \
    X (WITHDRAWN, 55, 422, "An operator gave it up")                                               \
    X (PRECONDITION_FAILED, 56, 412, "The object has changed since it was read")                   \
    X (RESET_TOKEN_INVALID, 57, 422, "The reset token is wrong, used or expired")             \
    X (APPROVAL_EXPIRED, 58, 422, "No second operator decided in time")                            \
    X (WALLET_EXPECTS_CREDIT, 59, 409, "Money is on its way to the wallet")                        \
    X (KEPT_IN_SUSPENSE, 60, 422, "An operator gave it up, and its money is kept in suspense")     \
    X (INQUIRY_OPEN, 61, 409, "The bank has not answered the last question yet")                   \
    X (ANSWER_PENDING, 62, 409, "It goes on by itself once what it asked is answered")             \
    X (PROPOSAL_STALE, 63, 409, "What was proposed about has changed since")                     \
    X (WEBHOOK_ENDPOINT_DISABLED, 64, 409, "The webhook endpoint is disabled or deleted")         \
    X (WEBHOOK_ENDPOINT_LIMIT_EXCEEDED, 65, 422, "The owner has as many webhook endpoints as it may") \
    X (WEBHOOK_ADDRESS_REFUSED, 66, 422, "Webhooks do not go to this address")

#define VERDICT_ENUM(code, number, http, title) VERDICT_##code = number,
typedef enum { VERDICTS (VERDICT_ENUM) VERDICT_COUNT } verdict_t;
#undef VERDICT_ENUM

//  "insufficient_funds"; static, never NULL.
const char *verdict_code (verdict_t verdict);

//  One sentence for people; static, never NULL.
const char *verdict_title (verdict_t verdict);

//  HTTP status that tells it to a client.
unsigned verdict_http (verdict_t verdict);

#endif
