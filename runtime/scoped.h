//  scoped - the one cleanup macro: the value is destroyed when its scope ends.
//
//      scoped (zmsg_destroy) zmsg_t *msg = zmsg_recv (socket);
//
//  The destructor takes a T ** and accepts a NULL inside, as CLASS (RFC 21) asks.

#ifndef RUNTIME_SCOPED_H
#define RUNTIME_SCOPED_H

#define scoped(destroy) __attribute__ ((cleanup (destroy)))
#define COUNT(array)    (sizeof (array) / sizeof (array) [0])

#endif
