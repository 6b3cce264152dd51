//  journal_fixture - see journal_fixture.h.

#include "tests/lib/journal_fixture.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "store/bytes.h"
#include "tests/lib/chance.h"
#include "tests/lib/scratch.h"

static chance_t s_chance;

void
fixture_seed (uint64_t seed)
{
    s_chance = chance_new (seed);
}

journal_options_t
fixture_options (size_t map_bytes)
{
    return (journal_options_t) {
        .partitions = FIXTURE_PARTITIONS,
        .map_size_bytes = map_bytes,
        .readers_max = 32,
    };
}

void
fixture_open (journal_fixture_t *self, size_t map_bytes)
{
    char reason [256] = "";
    journal_options_t options = fixture_options (map_bytes);
    status_t status = journal_open (self->dir, &options, &self->journal, reason);
    if (status != STATUS_OK) {
        print_error ("%s\n", reason);
    }
    assert_int_equal (status, STATUS_OK);
}

void
fixture_close (journal_fixture_t *self)
{
    journal_destroy (&self->journal);
}

void
fixture_reopen (journal_fixture_t *self)
{
    fixture_close (self);
    fixture_open (self, FIXTURE_MAP_BYTES);
}

void
fixture_refused (journal_fixture_t *self, status_t status, const char *in_reason)
{
    char reason [256] = "";
    journal_options_t options = fixture_options (FIXTURE_MAP_BYTES);
    assert_int_equal (journal_open (self->dir, &options, &self->journal, reason), status);
    assert_null (self->journal);
    if (!strstr (reason, in_reason)) {
        print_error ("reason: %s\n", reason);
    }
    assert_non_null (strstr (reason, in_reason));
}

int
fixture_setup (void **state)
{
    journal_fixture_t *self = calloc (1, sizeof *self);
    self->dir = scratch_new ();
    fixture_open (self, FIXTURE_MAP_BYTES);
    *state = self;
    return 0;
}

int
fixture_teardown (void **state)
{
    journal_fixture_t *self = *state;
    fixture_close (self);
    scratch_destroy (&self->dir);
    free (self);
    return 0;
}

//  ---------------------------------------------------------------------------
//  Writing

//  The record of a place: its version is its sequence, its payload repeats it.
static size_t
s_make (uint8_t *bytes, uint16_t partition, uint64_t sequence, size_t payload_size)
{
    static uint8_t payload [UINT16_MAX];
    record_writer_t writer;
    record_head_t head = { .version = sequence, .cause_source = partition, .epoch = 1 };
    memset (payload, (int) (sequence + partition), payload_size);
    record_writer_start (&writer, bytes, RECORD_SIZE_MAX, &head);
    record_writer_event (&writer, &(record_event_t) { 1, 1, (uint16_t) payload_size, payload });
    assert_false (writer.failed);
    return writer.size;
}

static status_t
s_append (journal_fixture_t *self, uint16_t partition, uint8_t *bytes, size_t size)
{
    record_seal (bytes, size, self->batch_chains [partition]);
    return journal_append (self->journal, partition, ++self->batch_last [partition], bytes, size);
}

static status_t
s_begin (journal_fixture_t *self)
{
    memcpy (self->batch_last, self->last, sizeof self->last);
    memcpy (self->batch_chains, self->chains, sizeof self->chains);
    return journal_begin (self->journal);
}

static status_t
s_end (journal_fixture_t *self)
{
    status_t status = journal_commit (self->journal);
    if (status == STATUS_OK) {
        memcpy (self->last, self->batch_last, sizeof self->last);
        memcpy (self->chains, self->batch_chains, sizeof self->chains);
    }
    return status;
}

status_t
fixture_begin_and_append (journal_fixture_t *self, int count)
{
    static uint8_t bytes [RECORD_SIZE_MAX];
    status_t status = s_begin (self);
    while (status == STATUS_OK && count--) {
        uint16_t partition = (uint16_t) chance_below (&s_chance, FIXTURE_PARTITIONS);
        size_t size = s_make (bytes, partition, self->batch_last [partition] + 1,
                              chance_below (&s_chance, 600));
        status = s_append (self, partition, bytes, size);
    }
    return status;
}

status_t
fixture_try_commit (journal_fixture_t *self, int count)
{
    status_t status = fixture_begin_and_append (self, count);
    if (status == STATUS_OK) {
        status = s_end (self);
    }
    journal_abort (self->journal);
    return status;
}

void
fixture_commit (journal_fixture_t *self, int count)
{
    assert_int_equal (fixture_try_commit (self, count), STATUS_OK);
}

void
fixture_append_and_abort (journal_fixture_t *self, int count)
{
    assert_int_equal (fixture_begin_and_append (self, count), STATUS_OK);
    journal_abort (self->journal);
}

void
fixture_commit_to (journal_fixture_t *self, uint16_t partition, int count, size_t payload_size)
{
    static uint8_t bytes [RECORD_SIZE_MAX];
    assert_int_equal (s_begin (self), STATUS_OK);
    while (count--) {
        size_t size = s_make (bytes, partition, self->batch_last [partition] + 1, payload_size);
        assert_int_equal (s_append (self, partition, bytes, size), STATUS_OK);
    }
    assert_int_equal (s_end (self), STATUS_OK);
}

void
fixture_commit_largest (journal_fixture_t *self, uint16_t partition)
{
    static uint8_t bytes [RECORD_SIZE_MAX], payload [UINT16_MAX];
    record_writer_t writer;
    record_head_t head = { .version = self->last [partition] + 1, .cause_source = partition };
    record_writer_start (&writer, bytes, sizeof bytes, &head);
    while (writer.size < RECORD_SIZE_MAX) {
        size_t left = RECORD_SIZE_MAX - writer.size - 4;  //  After an event's fixed part
        size_t size = left > 40000 ? 40000 : left;
        record_writer_event (&writer, &(record_event_t) { 1, 1, (uint16_t) size, payload });
        assert_false (writer.failed);
    }
    assert_int_equal (s_begin (self), STATUS_OK);
    assert_int_equal (s_append (self, partition, bytes, writer.size), STATUS_OK);
    assert_int_equal (s_end (self), STATUS_OK);
}

void
fixture_forge (journal_fixture_t *self, uint16_t partition)
{
    static uint8_t bytes [RECORD_SIZE_MAX];
    assert_int_equal (s_begin (self), STATUS_OK);
    size_t size = s_make (bytes, partition, self->last [partition] + 1, 100);
    memset (self->batch_chains [partition], 0xEE, RECORD_CHAIN_SIZE);
    assert_int_equal (s_append (self, partition, bytes, size), STATUS_OK);
    assert_int_equal (s_end (self), STATUS_OK);
}

//  ---------------------------------------------------------------------------
//  Looking

typedef struct {
    journal_fixture_t *fixture;
    uint64_t next;
    size_t size;
    uint8_t bytes [RECORD_SIZE_MAX];
    uint8_t chain [RECORD_CHAIN_SIZE];
    status_t status;
} look_t;

static bool
s_keep (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes, size_t size)
{
    (void) partition;
    look_t *look = context;
    assert_int_equal (sequence, look->next++);
    look->size = size;
    memcpy (look->bytes, bytes, size);
    look->status = record_check (bytes, size, look->chain);
    return look->status == STATUS_OK;
}

static bool
s_check (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes, size_t size)
{
    look_t *look = context;
    record_reader_t reader;
    assert_true (s_keep (look, partition, sequence, bytes, size));
    assert_int_equal (record_reader_start (&reader, bytes, size), STATUS_OK);
    assert_int_equal (reader.head.version, sequence);
    assert_int_equal (reader.head.cause_source, partition);
    return true;
}

static look_t *
s_look (journal_fixture_t *self)
{
    look_t *look = calloc (1, sizeof *look);
    assert_non_null (look);
    look->fixture = self;
    look->next = 1;
    return look;
}

size_t
fixture_count (journal_fixture_t *self, uint16_t partition)
{
    look_t *look = s_look (self);
    uint64_t next;
    assert_int_equal (journal_read (self->journal, partition, 1, SIZE_MAX, s_check, look, &next),
                      STATUS_OK);
    assert_int_equal (next, look->next);
    free (look);
    return next - 1;
}

status_t
fixture_check_chain (journal_fixture_t *self, uint16_t partition,
                     uint8_t ret_chain [RECORD_CHAIN_SIZE])
{
    look_t *look = s_look (self);
    uint64_t next;
    status_t status = journal_read (self->journal, partition, 1, SIZE_MAX, s_keep, look, &next);
    if (status == STATUS_OK) {
        status = look->status;
    }
    memcpy (ret_chain, look->chain, RECORD_CHAIN_SIZE);
    free (look);
    return status;
}

void
fixture_check (journal_fixture_t *self)
{
    for (uint16_t partition = 0; partition < FIXTURE_PARTITIONS; partition++) {
        uint64_t last;
        uint8_t chain [RECORD_CHAIN_SIZE];
        assert_int_equal (fixture_count (self, partition), self->last [partition]);
        assert_int_equal (journal_last (self->journal, partition, &last, chain), STATUS_OK);
        assert_int_equal (last, self->last [partition]);
        assert_memory_equal (chain, self->chains [partition], RECORD_CHAIN_SIZE);
        assert_int_equal (fixture_check_chain (self, partition, chain), STATUS_OK);
        assert_memory_equal (chain, self->chains [partition], RECORD_CHAIN_SIZE);
    }
}

bool
fixture_follow (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes,
                size_t size)
{
    fixture_walk_t *walk = context;
    record_reader_t reader;
    assert_int_equal (sequence, walk->next++);
    assert_int_equal (record_reader_start (&reader, bytes, size), STATUS_OK);
    assert_int_equal (reader.head.version, sequence);
    assert_int_equal (reader.head.cause_source, partition);
    return true;
}

static bool
s_touch (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes, size_t size)
{
    (void) partition, (void) sequence;
    uint32_t *sum = context;
    *sum += bytes [size - 1];
    return true;
}

void
fixture_read_everything (journal_fixture_t *self)
{
    uint32_t sum = 0;
    for (uint16_t partition = 0; partition < journal_partitions (self->journal); partition++) {
        uint64_t next;
        status_t status = journal_read (self->journal, partition, 1, 100000, s_touch, &sum, &next);
        assert_true (status == STATUS_OK || status == STATUS_DAMAGED);
    }
}

void
fixture_damage_record (journal_fixture_t *self, uint16_t partition, uint64_t sequence)
{
    //  Found by its bytes: version, time 0, no correlation; pages may have old copies.
    uint8_t head [RECORD_HEAD_SIZE];
    static uint8_t bytes [RECORD_SIZE_MAX];
    const char *path = scratch_path (self->dir, "journal/data.mdb");
    size_t size = s_make (bytes, partition, sequence, 200);
    (void) size;
    memcpy (head, bytes, sizeof head);
    int64_t offset = -1;
    int found = 0;
    while ((offset = scratch_find (path, offset + 1, head + 4, 76)) >= 0) {
        scratch_flip (path, offset + 100, 0x10);  //  In the chain and after it
        scratch_flip (path, offset + 200, 0x10);
        found++;
    }
    assert_true (found);
}
