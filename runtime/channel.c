//  channel - sends that never block, receives that may, and their annotation.

#include "runtime/channel.h"

#if defined(__SANITIZE_THREAD__)
#define THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREAD_SANITIZER 1
#endif
#endif

#ifdef THREAD_SANITIZER
void __tsan_acquire (void *address);
void __tsan_release (void *address);
static char hand_over;
#define HAND_OVER_RELEASE() __tsan_release (&hand_over)
#define HAND_OVER_ACQUIRE() __tsan_acquire (&hand_over)
#else
#define HAND_OVER_RELEASE()
#define HAND_OVER_ACQUIRE()
#endif

void
channel_send (void *socket, zmq_msg_t *frame)
{
    HAND_OVER_RELEASE ();
    int rc = zmq_msg_send (frame, socket, ZMQ_DONTWAIT);
    assert (rc >= 0);
}

bool
channel_offer (void *socket, zmq_msg_t *frame)
{
    HAND_OVER_RELEASE ();
    bool sent = zmq_msg_send (frame, socket, ZMQ_DONTWAIT) >= 0;
    if (!sent) {
        zmq_msg_close (frame);
    }
    return sent;
}

static void
s_frame (zmq_msg_t *frame, const void *bytes, size_t size)
{
    int rc = zmq_msg_init_size (frame, size);
    assert (rc == 0);
    memcpy (zmq_msg_data (frame), bytes, size);
}

void
channel_send_bytes (void *socket, const void *bytes, size_t size)
{
    zmq_msg_t frame;
    s_frame (&frame, bytes, size);
    channel_send (socket, &frame);
}

bool
channel_offer_bytes (void *socket, const void *bytes, size_t size)
{
    zmq_msg_t frame;
    s_frame (&frame, bytes, size);
    return channel_offer (socket, &frame);
}

bool
channel_receive (void *socket, zmq_msg_t *frame, int flags)
{
    while (true) {
        int rc = zmq_msg_recv (frame, socket, flags);
        if (rc >= 0) {
            HAND_OVER_ACQUIRE ();
            return true;
        }
        if (zmq_errno () != EINTR) {
            return false;
        }
    }
}

bool
channel_receive_within (void *socket, zmq_msg_t *frame, int timeout_ms)
{
    int rc = zmq_setsockopt (socket, ZMQ_RCVTIMEO, &timeout_ms, sizeof timeout_ms);
    assert (rc == 0);
    return channel_receive (socket, frame, 0);
}

void
channel_destroy_bound (zsock_t **socket_p, const char *endpoint)
{
    if (*socket_p) {
        (void) zsock_unbind (*socket_p, "%s", endpoint);
    }
    zsock_destroy (socket_p);
}

zactor_t *
channel_zactor_new (zactor_fn *body, void *args)
{
    HAND_OVER_RELEASE ();
    zactor_t *zactor = zactor_new (body, args);
    HAND_OVER_ACQUIRE ();
    return zactor;
}

void
channel_zactor_ready (zsock_t *pipe)
{
    HAND_OVER_RELEASE ();
    zsock_signal (pipe, 0);
}

void
channel_zactor_ended (void)
{
    HAND_OVER_RELEASE ();
}

void
channel_zactor_destroy (zactor_t **zactor_p)
{
    HAND_OVER_RELEASE ();
    zactor_destroy (zactor_p);
    HAND_OVER_ACQUIRE ();
}

void
channel_setup (void)
{
    zsys_handler_set (NULL);
    zsys_set_logstream (stderr);
    zsys_set_max_sockets (0);
    zsys_set_pipehwm (0);
    zsys_set_sndhwm (0);
    zsys_set_rcvhwm (0);
    zsys_set_linger (0);
}
