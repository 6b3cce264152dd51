//  login_shapes - how a login's state, commands and events are packed.

#ifndef ACTORS_LOGIN_SHAPES_H
#define ACTORS_LOGIN_SHAPES_H

#include "actors/login.h"

extern const shape_t login_state_shape, login_claim_shape, login_release_shape,
    login_authenticate_shape, login_refresh_shape, login_revoke_shape,
    login_change_password_shape, login_issue_reset_shape, login_reset_shape,
    login_guessed_shape, login_session_shape, login_revoked_shape, login_changed_shape,
    login_reset_requested_shape, login_reset_issued_shape;

#endif
