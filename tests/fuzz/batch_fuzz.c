//  batch_fuzz - the envelope of a batch, which is read by hand: whatever it is, the JSON
//  library is of the same opinion.
//
//      the input is a body

#include <jansson.h>
#include <stdlib.h>
#include "edge/batch_read.h"
#include "tests/fuzz/fuzz.h"

enum { OPERATIONS_MAX = 8, OPERATION_BYTES_MAX = 512 };

//  What was read as operations is a list of so many, and each span is one of them.
static void
s_compare (const char *body, size_t size, const batch_span_t *spans, size_t count)
{
    size_t end = 0;
    json_error_t error;
    json_t *whole = json_loadb (body, size, JSON_REJECT_DUPLICATES, &error);
    if (!whole && json_error_code (&error) == json_error_numeric_overflow) {
        return;  //  A number too large for the library is its operation's matter
    }
    json_t *operations = json_object_get (whole, "operations");
    assert (json_is_array (operations) && json_object_size (whole) == 1);
    assert (count == json_array_size (operations) && count <= OPERATIONS_MAX);
    for (size_t index = 0; index < count; index++) {
        assert (spans [index].at >= end && spans [index].size <= OPERATION_BYTES_MAX);
        end = spans [index].at + spans [index].size;
        assert (end <= size);
        json_t *one =
            json_loadb (body + spans [index].at, spans [index].size, JSON_REJECT_DUPLICATES, NULL);
        assert (json_is_object (one) && json_equal (one, json_array_get (operations, index)));
        json_decref (one);
    }
    json_decref (whole);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size)
{
    static const batch_limits_t limits = { OPERATIONS_MAX, OPERATION_BYTES_MAX };
    char *body = malloc (size);  //  Of its very size: a read behind it is seen
    batch_span_t *spans = NULL;
    size_t count = 0;
    problem_t problem = { 0 };
    assert (body || size == 0);
    if (size > 0) {
        memcpy (body, bytes, size);
    }
    if (batch_read (body, size, &limits, &spans, &count, &problem)) {
        assert (problem.http == 0);
        s_compare (body, size, spans, count);
        free (spans);
    }
    else {
        assert (problem.http == 400 || problem.http == 413);
    }
    free (body);
    return 0;
}
