--  The same payment as the product's, in the shape that a good PostgreSQL
--  programmer would give it: one stored function, one round trip, one commit.
--
--  What is kept of each payment: the idempotency key with its answer, the payment
--  (unique by merchant and order), two postings that sum to zero, both balances.
--  The merchant's row, which may be hot, is locked last and so for the shortest
--  time; its lock is held until the commit is on disk, and that is the price that
--  the product's actors do not pay.

CREATE TABLE wallet (
    id bigint PRIMARY KEY,
    balance bigint NOT NULL CHECK (balance >= 0)
) WITH (fillfactor = 50);               --  Room for heap-only updates

CREATE TABLE merchant (
    id bigint PRIMARY KEY,
    balance bigint NOT NULL,
    fee_bps integer NOT NULL
) WITH (fillfactor = 10);

CREATE SEQUENCE payment_id_seq CACHE 64;

CREATE TABLE payment (
    id bigint PRIMARY KEY,
    wallet_id bigint NOT NULL,
    merchant_id bigint NOT NULL,
    order_id text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    fee_bps integer NOT NULL,
    status text NOT NULL,
    approved_at timestamptz NOT NULL,
    UNIQUE (merchant_id, order_id)
);

CREATE TABLE posting (
    payment_id bigint NOT NULL,
    account_id bigint NOT NULL,             --  wallet or merchant, by the class
    class "char" NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL
);

CREATE TABLE idempotency (
    key text PRIMARY KEY,
    fingerprint bigint NOT NULL,
    code text,                              --  Of a refusal
    payment_id bigint
);

--  Returns the payment's id, or what the key was answered before. A refusal is
--  kept under its key, as the product's is, and comes back as 0.
CREATE FUNCTION pay (payer bigint, shop bigint, the_order text, amount_minor bigint,
                     the_key text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    print bigint := hashtextextended (the_order, payer * 1000003 + shop * 1009 + amount_minor);
    this_id bigint := nextval ('payment_id_seq');
    earlier idempotency;
    shop_fee integer;
BEGIN
    INSERT INTO idempotency (key, fingerprint, payment_id) VALUES (the_key, print, this_id)
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT * INTO earlier FROM idempotency WHERE key = the_key;
        IF earlier.fingerprint <> print THEN
            RAISE EXCEPTION 'idempotency_key_reused';
        END IF;
        RETURN coalesce (earlier.payment_id, 0);
    END IF;
    UPDATE wallet SET balance = balance - amount_minor
     WHERE id = payer AND balance >= amount_minor;
    IF NOT FOUND THEN
        UPDATE idempotency SET code = 'insufficient_funds', payment_id = NULL
         WHERE key = the_key;
        RETURN 0;
    END IF;
    SELECT fee_bps INTO shop_fee FROM merchant WHERE id = shop;
    INSERT INTO payment (id, wallet_id, merchant_id, order_id, amount, fee_bps, status,
                         approved_at)
         VALUES (this_id, payer, shop, the_order, amount_minor, shop_fee, 'captured', now ());
    INSERT INTO posting VALUES (this_id, payer, 'w', amount_minor, 0),
                               (this_id, shop, 'm', 0, amount_minor);
    UPDATE merchant SET balance = balance + amount_minor WHERE id = shop;
    RETURN this_id;
END $$;

INSERT INTO wallet SELECT id, 1000000 FROM generate_series (1, 10000) id;
INSERT INTO merchant SELECT id, 0, 250 FROM generate_series (1, 100) id;
VACUUM ANALYZE;
