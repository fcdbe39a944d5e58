using LiveCommerce.StripeSandbox.Faults;
using Microsoft.Data.Sqlite;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>What the sandbox knows outlives the process.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("livecommerce-sandbox-").FullName;

    [Fact]
    public async Task Restart_KeepsPaymentsKeysAndEvents()
    {
        var clock = new ManualClock();
        Answer payment;
        Answer asking;
        await using (var before = await SandboxWorld.Start(OnDisk, clock))
        {
            payment = await before.Post("/v1/payment_intents", SandboxWorld.Pay, "k1");
            asking = await before.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_authenticationRequired&confirm=true");
        }

        await using var after = await SandboxWorld.Start(OnDisk, clock);

        Assert.Equal(payment.Body.ToJsonString(), (await after.Get($"/v1/payment_intents/{payment.Id}")).Body.ToJsonString());
        Assert.Equal(payment.Id, (await after.Post("/v1/payment_intents", SandboxWorld.Pay, "k1")).Id);
        Assert.Equal("requires_action", (await after.Get($"/v1/payment_intents/{asking.Id}")).State);
        Assert.Equal("payment_intent.requires_action", (await after.EventTypes())[^1]);
    }

    [Fact]
    public async Task Restart_SendsTheWebhooksThatWaited()
    {
        await using var receiver = await WebhookReceiver.Start();
        var clock = new ManualClock();
        string first;
        receiver.RefuseNext(1);
        await using (var before = await SandboxWorld.Start(receiver, OnDisk, clock))
        {
            var recorded = clock.WhenArmed(TimeSpan.FromSeconds(1));
            await before.Post("/v1/customers", "name=Ana");
            first = (await receiver.Next()).Id;
            await recorded.WaitAsync(TimeSpan.FromSeconds(120));
        }

        clock.Advance(TimeSpan.FromSeconds(1));
        await using var after = await SandboxWorld.Start(receiver, OnDisk, clock);

        Assert.Equal(first, (await receiver.Next()).Id);
    }

    [Fact]
    public async Task Restart_FinishesPaymentsThatWereProcessing()
    {
        await using var receiver = await WebhookReceiver.Start();
        var clock = new ManualClock();
        await using (var before = await SandboxWorld.Start(OnDisk, clock))
        {
            await before.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_simProcessing&confirm=true");
        }

        clock.Advance(TimeSpan.FromSeconds(10));
        await using var after = await SandboxWorld.Start(receiver, OnDisk, clock);

        Assert.Equal(["charge.succeeded", "payment_intent.succeeded"], (await receiver.Next(2)).Select(webhook => webhook.Type));
    }

    [Fact]
    public async Task Restart_KeepsSavedCardsAndWhatTheClockWillDecide()
    {
        var clock = new ManualClock();
        Answer setup;
        Answer refund;
        await using (var before = await SandboxWorld.Start(OnDisk, clock))
        {
            var customer = await before.Post("/v1/customers", "name=Ana");
            setup = await before.Post("/v1/setup_intents", $"customer={customer.Id}&payment_method=pm_card_authenticationRequiredOnSetup&confirm=true");
            using var approved = await before.Client.PostAsync(
                new Uri((string)setup.Body["next_action"]!["redirect_to_url"]!["url"]!), new FormUrlEncodedContent([new("decision", "approve")]));
            setup = await before.Get($"/v1/setup_intents/{setup.Id}");
            var pending = await before.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_pendingRefund&confirm=true");
            refund = await before.Post("/v1/refunds", $"payment_intent={pending.Id}");
            await before.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_createDispute&confirm=true");
        }

        clock.Advance(TimeSpan.FromDays(7));
        await using var after = await SandboxWorld.Start(OnDisk, clock);

        var paid = await after.Post(
            "/v1/payment_intents",
            $"amount=500&currency=usd&customer={(string)setup.Body["customer"]!}&payment_method={(string)setup.Body["payment_method"]!}&confirm=true&off_session=true");
        Assert.Equal("succeeded", paid.State);
        Assert.Equal("succeeded", (await after.Get($"/v1/refunds/{refund.Id}")).State);
        Assert.Equal("lost", (string?)(await after.Get("/v1/disputes")).Body["data"]![0]!["status"]);
    }

    [Fact]
    public async Task Restart_KeepsBalancesAccountsAndTransfers_AndFinishesWhatTheClockOwes()
    {
        var clock = new ManualClock();
        string account;
        string link;
        Answer transfer;
        await using (var before = await ConnectedAccount.WithMoney(OnDisk, clock))
        {
            account = await before.Onboarded("account_closed");
            link = (string)(await before.Link(account)).Body["url"]!;
            transfer = await before.Post("/v1/transfers", $"amount=700&currency=usd&destination={account}", "k1");
        }

        clock.Advance(TimeSpan.FromSeconds(2));
        await using (var between = await SandboxWorld.Start(OnDisk, clock))
        {
            Assert.Equal(transfer.Id, (await between.Post("/v1/transfers", $"amount=700&currency=usd&destination={account}", "k1")).Id);
            Assert.Equal("in_transit", (string?)(await between.Get("/v1/payouts", account)).Body["data"]![0]!["status"]);
            using var page = await between.Client.GetAsync(new Uri(link).PathAndQuery);
            Assert.Equal(200, (int)page.StatusCode);
        }

        clock.Advance(TimeSpan.FromSeconds(5));
        await using var after = await SandboxWorld.Start(OnDisk, clock);

        Assert.Equal("failed", (string?)(await after.Get("/v1/payouts", account)).Body["data"]![0]!["status"]);
        Assert.Equal((700, 0), await after.Balance("usd", account));
        Assert.Equal((1_000_000 - 29_030 - 700, 0), await after.Balance("usd"));
        Assert.Equal(2, (await after.Get("/v1/balance_transactions")).Body["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task FileOlderThanBalances_IsBookedWhenItIsOpened()
    {
        Answer payment;
        await using (var before = await SandboxWorld.Start(OnDisk))
        {
            payment = await before.Post("/v1/payment_intents", SandboxWorld.Pay);
            await before.Post("/v1/refunds", $"payment_intent={payment.Id}&amount=100");
        }

        MakeOld();
        await using var after = await SandboxWorld.Start(OnDisk);

        Assert.Equal((500 - 45 - 100, 0), await after.Balance("usd"));
        var moved = (await after.Get("/v1/balance_transactions?expand[]=data.source")).Body["data"]!.AsArray();
        Assert.Equal(["refund", "charge"], moved.Select(item => (string)item!["source"]!["object"]!));
        Assert.Equal((string)moved[1]!["id"]!, (string?)(await after.Get($"/v1/charges/{(string)payment.Body["latest_charge"]!}")).Body["balance_transaction"]);
    }

    [Fact]
    public async Task EventsOlderThanAMonth_AreForgotten_AndPaymentsAreNot()
    {
        var clock = new ManualClock();
        Answer payment;
        await using (var before = await SandboxWorld.Start(OnDisk, clock)) { payment = await before.Post("/v1/payment_intents", SandboxWorld.Pay); }

        clock.Advance(SandboxClockwork.EventLife + TimeSpan.FromSeconds(1));
        await using var receiver = await WebhookReceiver.Start();
        await using var after = await SandboxWorld.Start(receiver, OnDisk, clock);

        // A webhook of today shows that the sweep, which comes first, is over.
        var customer = await after.Post("/v1/customers", "name=Ana");
        Assert.Equal(customer.Id, (string?)(await receiver.Next()).Event["data"]!["object"]!["id"]);
        Assert.Equal(["customer.created"], await after.EventTypes());
        Assert.Equal("succeeded", (await after.Get($"/v1/payment_intents/{payment.Id}")).State);
    }

    [Fact]
    public async Task FaultsAreNotKept()
    {
        await using (var before = await SandboxWorld.Start(OnDisk)) { before.Server.Arm(new ArmedApiFault { Fault = ApiFault.RateLimit }); }

        await using var after = await SandboxWorld.Start(OnDisk);

        Assert.Equal(200, (await after.Get("/v1/events")).Status);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The file as the first version left it.</summary>
    private void MakeOld()
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "deeper", "sandbox.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            """
            DELETE FROM objects WHERE kind = 'balance_transaction';
            UPDATE objects SET json = json_set(json, '$.balance_transaction', NULL) WHERE kind IN ('charge', 'refund');
            DROP TABLE balances; DROP TABLE movements; DROP TABLE payouts_due;
            DROP INDEX objects_by_account; ALTER TABLE objects DROP COLUMN account; ALTER TABLE deliveries DROP COLUMN connected;
            PRAGMA user_version = 1;
            """;
        command.ExecuteNonQuery();
    }

    private void OnDisk(StripeSandboxOptions options) => options.DatabasePath = Path.Combine(_folder, "deeper", "sandbox.db");
}
