//  channel - the one place where a message crosses threads.
//
//  ZeroMQ's inproc sockets hand a message over with full ordering, but libzmq is
//  not built with the thread sanitizer, which therefore sees races that are none:
//  the hand-over is annotated here and nowhere else.
//
//  Nothing here ever blocks on a send: HWM is 0 on both ends (zsys_set_pipehwm,
//  zsys_set_sndhwm), memory is bounded by counted admission, and a refused send
//  is a defect (asserted).

#ifndef RUNTIME_CHANNEL_H
#define RUNTIME_CHANNEL_H

#include <czmq.h>

//  `socket` is libzmq's own (zsock_resolve), so that a hot path resolves it once.
//  Takes the frame.
void channel_send (void *socket, zmq_msg_t *frame);

//  The same to a peer that may have ended: false, and the frame closed, if it has.
bool channel_offer (void *socket, zmq_msg_t *frame);

//  Copies the bytes into a frame and sends it.
void channel_send_bytes (void *socket, const void *bytes, size_t size);
bool channel_offer_bytes (void *socket, const void *bytes, size_t size);

//  False if nothing waits (flags ZMQ_DONTWAIT), the time-out of the socket passed,
//  or the context ends. *frame must be initialized; it is refilled.
bool channel_receive (void *socket, zmq_msg_t *frame, int flags);

//  The same, but waits at most timeout_ms (-1: for ever). One system call less than
//  a poll before the receive, which is what an idle hop costs.
bool channel_receive_within (void *socket, zmq_msg_t *frame, int timeout_ms);

//  Threads of the node are zactors; their beginning and end order memory just as a
//  message does, and are annotated too. A body says ready instead of signalling, and
//  ended as its last words.
zactor_t *channel_zactor_new (zactor_fn *body, void *args);
void channel_zactor_ready (zsock_t *pipe);
void channel_zactor_ended (void);
void channel_zactor_destroy (zactor_t **zactor_p);

//  Destroys a socket that was bound here. ZeroMQ does so behind the back, and until then the
//  next node of the process would connect to it; so its endpoint is given up first.
void channel_destroy_bound (zsock_t **socket_p, const char *endpoint);

//  Process-wide settings that must precede the first socket: no HWM on pipes and
//  sockets, no limit of sockets, CZMQ's signal handler off, its
//  log on stderr (stdout belongs to the line that says ready).
void channel_setup (void);

#endif
