//  pages - see pages.h. What stands where, all in the machine's own byte order:
//
//      page header   number 8 · pad 2 · flags 2 · lower 2 · upper 2 (an overflow
//                    page: its count of pages 4, instead of lower and upper)
//      meta page     header · magic 4 · version 4 · address 8 · map size 8 ·
//                    free table 48 · main table 48 · last page 8 · transaction 8
//      table         pad 4 (of the free table: page size) · flags 2 · depth 2 ·
//                    counts 32 · root page 8
//      tree page     header · offsets of its nodes 2 each, up to lower · free ·
//                    from upper on the nodes
//      node          low 2 · high 2 · flags 2 · key size 2 · key · data
//                    leaf: low and high are the data's size; a big one is on
//                    overflow pages and the data here is the first one's number
//                    branch: low, high and flags are the child's page number

#include "store/pages.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "store/files.h"

enum {
    META_AT_MAGIC = 16,
    META_AT_VERSION = 20,
    META_AT_PAGE_SIZE = 40,
    META_AT_FREE_ROOT = 80,
    META_AT_MAIN_FLAGS = 92,
    META_AT_MAIN_ROOT = 128,
    META_AT_LAST_PAGE = 136,
    META_AT_TRANSACTION = 144,
    META_SIZE = 152,
    META_VERSION = 1,

    PAGE_SIZE_MIN = 512,
    PAGE_SIZE_MAX = 65536,
    PAGE_AT_FLAGS = 10,
    PAGE_AT_LOWER = 12,
    PAGE_AT_UPPER = 14,
    PAGE_AT_COUNT = 12,
    PAGE_HEAD_SIZE = 16,
    PAGE_BRANCH = 1,
    PAGE_LEAF = 2,
    PAGE_OVERFLOW = 4,

    NODE_AT_FLAGS = 4,
    NODE_AT_KEY_SIZE = 6,
    NODE_HEAD_SIZE = 8,
    NODE_BIG = 1,
    NODE_TABLE = 2,

    TABLE_AT_FLAGS = 4,
    TABLE_AT_ROOT = 40,
    TABLE_SIZE = 48,
    TABLE_INTEGER = 8,

    KEY_SIZE_MAX = 511,
    DEPTH_MAX = 32
};

#define META_MAGIC 0xBEEFC0DEu
#define NO_PAGE    UINT64_MAX

//  An integer tree has keys of 8 bytes (MDB_INTEGERKEY), which LMDB reads as such.
typedef enum { FREE_TREE, MAIN_TREE, TABLE_TREE, INTEGER_TREE } tree_t;

typedef struct {
    const uint8_t *bytes;  //  The mapped file
    uint32_t page_size;
    uint64_t last_page;
    uint64_t visits_left;  //  A page is visited once, or the tree is none
} walk_t;

static uint16_t
s_u16 (const uint8_t *at)
{
    uint16_t value;
    memcpy (&value, at, sizeof value);
    return value;
}

static uint32_t
s_u32 (const uint8_t *at)
{
    uint32_t value;
    memcpy (&value, at, sizeof value);
    return value;
}

static uint64_t
s_u64 (const uint8_t *at)
{
    uint64_t value;
    memcpy (&value, at, sizeof value);
    return value;
}

//  ---------------------------------------------------------------------------
//  Meta pages

static bool
s_read_meta (int file, uint64_t at, pages_meta_t *ret_meta)
{
    uint8_t bytes [META_SIZE];
    if (pread (file, bytes, sizeof bytes, (off_t) at) != (ssize_t) sizeof bytes) {
        return false;
    }
    *ret_meta = (pages_meta_t) {
        .magic = s_u32 (bytes + META_AT_MAGIC),
        .version = s_u32 (bytes + META_AT_VERSION),
        .page_size = s_u32 (bytes + META_AT_PAGE_SIZE),
        .free_root = s_u64 (bytes + META_AT_FREE_ROOT),
        .main_flags = s_u16 (bytes + META_AT_MAIN_FLAGS),
        .main_root = s_u64 (bytes + META_AT_MAIN_ROOT),
        .last_page = s_u64 (bytes + META_AT_LAST_PAGE),
        .transaction = s_u64 (bytes + META_AT_TRANSACTION),
    };
    return true;
}

static bool
s_page_size_is_possible (uint32_t page_size)
{
    return page_size >= PAGE_SIZE_MIN && page_size <= PAGE_SIZE_MAX
           && (page_size & (page_size - 1)) == 0;
}

static bool
s_root_is_possible (const pages_meta_t *meta, uint64_t root)
{
    return root == NO_PAGE || root <= meta->last_page;
}

status_t
pages_read_meta (int file, uint64_t size, const char *path, pages_meta_t *ret_meta,
                 char *ret_reason)
{
    pages_meta_t first, second;

    if (!s_read_meta (file, 0, &first) || first.magic != META_MAGIC) {
        files_reason (ret_reason, "%s: not an LMDB file; restore it from a backup", path);
        return STATUS_DAMAGED;
    }
    if (first.version != META_VERSION) {
        files_reason (ret_reason, "%s: made by another version of LMDB (%u, not %d)", path,
                      first.version, META_VERSION);
        return STATUS_UNSUPPORTED;
    }
    uint32_t page_size = first.page_size;
    if (!s_page_size_is_possible (page_size) || !s_read_meta (file, page_size, &second)
        || second.magic != META_MAGIC || second.version != META_VERSION
        || second.page_size != page_size) {
        files_reason (ret_reason, "%s: its meta pages are damaged; restore it from a backup", path);
        return STATUS_DAMAGED;
    }
    const pages_meta_t *last = second.transaction > first.transaction ? &second : &first;
    if (last->last_page >= size / page_size) {
        files_reason (ret_reason,
                      "%s: cut short, it has %ju bytes and should have %ju; restore it from a "
                      "backup",
                      path, (uintmax_t) size, (uintmax_t) (last->last_page + 1) * page_size);
        return STATUS_DAMAGED;
    }
    if (!s_root_is_possible (last, last->free_root)
        || !s_root_is_possible (last, last->main_root)) {
        files_reason (ret_reason, "%s: its meta pages are damaged; restore it from a backup", path);
        return STATUS_DAMAGED;
    }
    *ret_meta = *last;
    return STATUS_OK;
}

//  ---------------------------------------------------------------------------
//  Trees; each function is true if what it was given is sound

static bool s_check_tree (walk_t *walk, uint64_t number, tree_t tree, unsigned depth);

static bool
s_check_overflow (walk_t *walk, uint64_t number, uint64_t data_size)
{
    if (number > walk->last_page) {
        return false;
    }
    const uint8_t *page = walk->bytes + number * walk->page_size;
    uint64_t count = s_u32 (page + PAGE_AT_COUNT);
    uint64_t needed = (PAGE_HEAD_SIZE + data_size + walk->page_size - 1) / walk->page_size;
    if (s_u64 (page) != number || s_u16 (page + PAGE_AT_FLAGS) != PAGE_OVERFLOW || count < needed
        || count > walk->last_page - number + 1 || count > walk->visits_left) {
        return false;
    }
    walk->visits_left -= count;
    return true;
}

static bool
s_check_leaf_node (walk_t *walk, const uint8_t *node, uint64_t room, tree_t tree)
{
    uint64_t key_size = s_u16 (node + NODE_AT_KEY_SIZE);
    uint64_t data_size = s_u16 (node) | (uint64_t) s_u16 (node + 2) << 16;
    uint16_t flags = s_u16 (node + NODE_AT_FLAGS);
    bool big = flags == NODE_BIG;
    if (key_size == 0 || key_size > KEY_SIZE_MAX
        || (tree == INTEGER_TREE && key_size != sizeof (uint64_t))
        || NODE_HEAD_SIZE + key_size + (big ? sizeof (uint64_t) : data_size) > room) {
        return false;
    }
    const uint8_t *data = node + NODE_HEAD_SIZE + key_size;
    if (big) {
        return tree != MAIN_TREE && s_check_overflow (walk, s_u64 (data), data_size);
    }
    if (tree != MAIN_TREE) {
        return flags == 0;
    }
    if (flags != NODE_TABLE || data_size != TABLE_SIZE) {
        return false;
    }
    uint16_t table_flags = s_u16 (data + TABLE_AT_FLAGS);
    return (table_flags == 0 || table_flags == TABLE_INTEGER)
           && s_check_tree (walk, s_u64 (data + TABLE_AT_ROOT),
                            table_flags ? INTEGER_TREE : TABLE_TREE, 0);
}

static bool
s_check_branch_node (walk_t *walk, const uint8_t *node, uint64_t room, tree_t tree, bool first,
                     unsigned depth)
{
    uint64_t key_size = s_u16 (node + NODE_AT_KEY_SIZE);
    uint64_t child = s_u16 (node) | (uint64_t) s_u16 (node + 2) << 16
                     | (uint64_t) s_u16 (node + NODE_AT_FLAGS) << 32;
    if (tree == INTEGER_TREE && key_size != sizeof (uint64_t) && !(first && key_size == 0)) {
        return false;
    }
    return key_size <= KEY_SIZE_MAX && NODE_HEAD_SIZE + key_size <= room && child != NO_PAGE
           && s_check_tree (walk, child, tree, depth + 1);
}

static bool
s_check_tree (walk_t *walk, uint64_t number, tree_t tree, unsigned depth)
{
    if (number == NO_PAGE) {
        return depth == 0;
    }
    if (number > walk->last_page || depth >= DEPTH_MAX || !walk->visits_left--) {
        return false;
    }
    const uint8_t *page = walk->bytes + number * walk->page_size;
    uint32_t page_size = walk->page_size;
    uint16_t flags = s_u16 (page + PAGE_AT_FLAGS);
    uint16_t lower = s_u16 (page + PAGE_AT_LOWER), upper = s_u16 (page + PAGE_AT_UPPER);
    bool branch = flags == PAGE_BRANCH;
    unsigned count = lower < PAGE_HEAD_SIZE ? 0 : (lower - PAGE_HEAD_SIZE) / 2u;

    if (s_u64 (page) != number || (!branch && flags != PAGE_LEAF) || lower > upper
        || upper > page_size || lower % 2 || count < (branch && tree != FREE_TREE ? 2 : 1)) {
        return false;
    }
    for (unsigned index = 0; index < count; index++) {
        uint32_t at = s_u16 (page + PAGE_HEAD_SIZE + 2 * index);
        if (at < upper || at % 2 || at + NODE_HEAD_SIZE > page_size) {
            return false;
        }
        bool sound =
            branch ? s_check_branch_node (walk, page + at, page_size - at, tree, index == 0, depth)
                   : s_check_leaf_node (walk, page + at, page_size - at, tree);
        if (!sound) {
            return false;
        }
    }
    return true;
}

status_t
pages_check (int file, const pages_meta_t *meta, const char *path, char *ret_reason)
{
    size_t size = (size_t) ((meta->last_page + 1) * meta->page_size);
    void *bytes = mmap (NULL, size, PROT_READ, MAP_SHARED, file, 0);
    if (bytes == MAP_FAILED) {
        files_reason (ret_reason, "%s: cannot be mapped to be checked", path);
        return STATUS_LIMIT;
    }
    walk_t walk = {
        .bytes = bytes,
        .page_size = meta->page_size,
        .last_page = meta->last_page,
        .visits_left = meta->last_page + 1,
    };
    bool sound = meta->main_flags == 0 && s_check_tree (&walk, meta->free_root, FREE_TREE, 0)
                 && s_check_tree (&walk, meta->main_root, MAIN_TREE, 0);
    munmap (bytes, size);
    if (!sound) {
        files_reason (ret_reason, "%s: page structure is damaged; restore it from a backup", path);
        return STATUS_DAMAGED;
    }
    return STATUS_OK;
}
