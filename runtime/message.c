//  message - a frame is a message_t with its packed payload behind it.

#include <assert.h>
#include "runtime/message.h"

void
message_make (zmq_msg_t *frame, const message_t *head, const shape_t *shape, const void *value)
{
    message_make_by (frame, head, shape, value, /* operator= */ NULL);
}

void
message_make_by (zmq_msg_t *frame, const message_t *head, const shape_t *shape, const void *value,
                 const char *operator)
{
    uint8_t payload [MESSAGE_PAYLOAD_MAX];
    size_t size = 0, operator_size = operator? strlen (operator) : 0;
    assert (operator_size <= UINT8_MAX);
    if (value && shape->field_count > 0) {
        size = shape_pack (shape, value, payload, sizeof payload);
        assert (size > 0);
    }
    int rc = zmq_msg_init_size (frame, sizeof (message_t) + size + operator_size);
    assert (rc == 0);
    message_t *message = zmq_msg_data (frame);
    *message = *head;
    message->payload_size = (uint32_t) size;
    message->operator_size = (uint8_t) operator_size;
    memcpy (message->payload, payload, size);
    if (operator_size) {
        memcpy (message->payload + size, operator, operator_size);
    }
}

const message_t *
message_in (zmq_msg_t *frame)
{
    size_t size = zmq_msg_size (frame);
    const message_t *message = zmq_msg_data (frame);
    if (size < sizeof (message_t) || size != message_size (message)
        || message->kind < MESSAGE_COMMAND || message->kind > MESSAGE_UNWAIT) {
        return NULL;
    }
    return message;
}
