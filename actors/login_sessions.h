//  login_sessions - proving who one is, and going on without proving it again.

#ifndef ACTORS_LOGIN_SESSIONS_H
#define ACTORS_LOGIN_SESSIONS_H

#include "actors/login.h"

decide_fn login_decide_authenticate, login_decide_refresh, login_decide_revoke,
    login_decide_change_password, login_decide_request_reset, login_decide_issue_reset,
    login_decide_reset;

#endif
