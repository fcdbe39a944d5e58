namespace LiveCommerce.StripeSandbox.Store;

/// <summary>The tables of the sandbox's file, as steps: a file at version n has seen the first n. A step is never changed once it is out.</summary>
internal static class SandboxSchema
{
    /// <summary>The first version in which every movement of money is booked.</summary>
    public const int BalancesSince = 2;

    public static IReadOnlyList<string> Steps { get; } = [Payments, Money];

    private const string Payments = """
        CREATE TABLE objects (
            seq            INTEGER PRIMARY KEY AUTOINCREMENT,
            id             TEXT NOT NULL UNIQUE,
            kind           TEXT NOT NULL,
            created        INTEGER NOT NULL,
            customer       TEXT,
            payment_intent TEXT,
            charge         TEXT,
            type           TEXT,
            json           TEXT NOT NULL
        );
        CREATE INDEX objects_by_kind ON objects (kind, seq);
        CREATE INDEX objects_by_customer ON objects (customer, kind, seq) WHERE customer IS NOT NULL;
        CREATE INDEX objects_by_intent ON objects (payment_intent, kind, seq) WHERE payment_intent IS NOT NULL;
        CREATE TABLE idempotency (
            key         TEXT PRIMARY KEY,
            operation   TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            status      INTEGER NOT NULL,
            body        TEXT NOT NULL,
            request_id  TEXT NOT NULL,
            created_ms  INTEGER NOT NULL
        );
        CREATE INDEX idempotency_by_age ON idempotency (created_ms);
        CREATE TABLE deliveries (
            id       INTEGER PRIMARY KEY AUTOINCREMENT,
            event    TEXT NOT NULL,
            ordinal  INTEGER NOT NULL,
            due_ms   INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            held     INTEGER NOT NULL DEFAULT 0,
            state    TEXT NOT NULL
        );
        CREATE INDEX deliveries_due ON deliveries (due_ms, ordinal, id) WHERE state = 'waiting';
        CREATE INDEX deliveries_by_event ON deliveries (event);
        CREATE TABLE processing (
            payment_intent TEXT PRIMARY KEY,
            due_ms         INTEGER NOT NULL
        );
        """;

    /// <summary>An account is empty for the platform where it is part of a key, and null where an object simply belongs to nobody else.</summary>
    private const string Money = """
        ALTER TABLE objects ADD COLUMN account TEXT;
        CREATE INDEX objects_by_account ON objects (account, kind, seq) WHERE account IS NOT NULL;
        ALTER TABLE deliveries ADD COLUMN connected INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE balances (
            account   TEXT NOT NULL,
            currency  TEXT NOT NULL,
            available INTEGER NOT NULL,
            pending   INTEGER NOT NULL,
            PRIMARY KEY (account, currency)
        );
        CREATE TABLE movements (
            id           TEXT PRIMARY KEY,
            account      TEXT NOT NULL,
            currency     TEXT NOT NULL,
            net          INTEGER NOT NULL,
            available_ms INTEGER NOT NULL,
            pending      INTEGER NOT NULL,
            payout       TEXT
        );
        CREATE INDEX movements_due ON movements (available_ms, id) WHERE pending = 1;
        CREATE INDEX movements_unpaid ON movements (account, currency) WHERE payout IS NULL;
        CREATE INDEX movements_by_payout ON movements (payout) WHERE payout IS NOT NULL;
        CREATE TABLE payouts_due (
            payout TEXT PRIMARY KEY,
            due_ms INTEGER NOT NULL
        );
        """;
}
