//  reader - fetches snapshots of sagas that a client waits for and that nobody has in
//  memory. (Other questions are read by the thread that receives the reply.)
//
//  A small pool, so that a cold page stalls neither exchange nor actors. What is
//  not among the recent batches is in the state environment, so this read is as
//  current as the exchange's answer would have been.

#include "runtime/channel.h"
#include "runtime/core.h"
#include "runtime/snapshot.h"

static void
s_answer (zsock_t *exchange, state_reader_t *reader, const read_request_t *request, uint8_t *buffer)
{
    size_t size = 0;
    status_t status = state_get (reader, TABLE_SNAPSHOT, &request->oid, sizeof request->oid, buffer,
                                 SNAPSHOT_SIZE_MAX, &size);
    if (status == STATUS_NOT_FOUND) {
        size = 0;
    }
    else if (status != STATUS_OK) {
        core_state_fail_stop (status);
    }
    zmq_msg_t frame;
    int rc = zmq_msg_init_size (&frame, sizeof (notice_read_t) + size);
    assert (rc == 0);
    notice_read_t *notice = zmq_msg_data (&frame);
    *notice = (notice_read_t) {
        .kind = NOTICE_READ,
        .oid = request->oid,
        .token = request->token,
        .size = (uint32_t) size,
    };
    memcpy (notice->snapshot, buffer, size);
    channel_offer (zsock_resolve (exchange), &frame);
}

void
reader_run (zsock_t *pipe, void *args)
{
    core_name_thread ("reader");
    node_t *node = args;
    zsock_t *exchange = zsock_new_push (">" EXCHANGE_ENDPOINT);
    state_reader_t *reader = state_reader_new (node->state);
    uint8_t *buffer = malloc (SNAPSHOT_SIZE_MAX);
    assert (exchange && reader && buffer);
    channel_zactor_ready (pipe);

    zmq_msg_t frame;
    zmq_msg_init (&frame);
    while (channel_receive (zsock_resolve (pipe), &frame, 0)
           && zmq_msg_size (&frame) == sizeof (read_request_t)) {
        s_answer (exchange, reader, zmq_msg_data (&frame), buffer);
    }
    zmq_msg_close (&frame);
    free (buffer);
    state_reader_destroy (&reader);
    zsock_destroy (&exchange);
    channel_zactor_ended ();
}
