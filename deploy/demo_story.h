//  demo_story - what the demo plays: a person's and a shop's day, over HTTP.
//
//  Every step says what happened, and is right or wrong: nothing is assumed.

#ifndef DEPLOY_DEMO_STORY_H
#define DEPLOY_DEMO_STORY_H

#include "deploy/demo_client.h"
#include "deploy/demo_say.h"

enum { DEMO_URL_SIZE = 64, DEMO_TOKEN_SIZE = 2048, DEMO_ID_SIZE = 40 };

typedef struct {
    const char *name;
    char member [DEMO_ID_SIZE];
    char account [DEMO_ID_SIZE];
    char wallet [DEMO_ID_SIZE];
    int64_t balance_minor;          //  What its wallet must hold
} demo_person_t;

typedef struct {
    demo_client_t *client;          //  Borrowed
    char node_url [DEMO_URL_SIZE], bank_url [DEMO_URL_SIZE];
    char token [DEMO_TOKEN_SIZE];   //  An operator's
    demo_say_t say;
    demo_person_t hana, shop, jun;
    int64_t at_bank_minor;          //  What our account at the bank must hold
    int64_t taken_minor, given_back_minor;    //  By the merchant, to be settled
    char merchant [DEMO_ID_SIZE];
    char payment [DEMO_ID_SIZE];
} demo_story_t;

//  Plays all chapters; stops early when one cannot be gone on from. True: all right.
bool demo_story_play (demo_story_t *self);

//  Prints the books, and checks that they balance and are the bank's.
bool demo_story_books (demo_story_t *self);

//  After a restart: the wallet and the payment are as they were.
bool demo_story_same (demo_story_t *self);

#endif
