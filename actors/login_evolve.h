//  login_evolve - what each event makes of a login's state.

#ifndef ACTORS_LOGIN_EVOLVE_H
#define ACTORS_LOGIN_EVOLVE_H

#include "actors/login.h"

evolve_fn login_evolve_claimed, login_evolve_released, login_evolve_guessed,
    login_evolve_authenticated, login_evolve_refreshed, login_evolve_revoked,
    login_evolve_password_changed, login_evolve_reset_requested, login_evolve_reset_missed,
    login_evolve_reset_issued;

bool login_invariant (const void *state);

#endif
