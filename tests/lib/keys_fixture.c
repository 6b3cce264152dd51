//  keys_fixture - see keys_fixture.h.

#include "tests/lib/keys_fixture.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/lib/scratch.h"

void
keys_fixture_open (keys_fixture_t *self)
{
    char reason [256];
    self->dir = scratch_new ();
    assert_int_equal (keyring_open (scratch_path (self->dir, "keyring"), true, &self->keyring,
                                    reason),
                      STATUS_OK);
    assert_int_equal (member_keys_open (scratch_path (self->dir, "keys"), self->keyring,
                                        &self->keys, reason),
                      STATUS_OK);
}

void
keys_fixture_close (keys_fixture_t *self)
{
    member_keys_destroy (&self->keys);
    keyring_destroy (&self->keyring);
    scratch_destroy (&self->dir);
}
