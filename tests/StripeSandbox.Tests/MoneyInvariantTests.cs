using System.Text.Json.Nodes;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>Whatever happens, an account has the sum of its balance transactions, and no money comes from nowhere.</summary>
public sealed class MoneyInvariantTests
{
    private const int Steps = 60;
    private static readonly string[] CurrenciesUsed = ["usd", "eur"];

    /// <summary>Mostly paying; one declines, one is disputed at once, one takes its time to be refunded.</summary>
    private static readonly string[] Cards =
        ["pm_card_visa", "pm_card_visa", "pm_card_visa", "pm_card_chargeDeclined", "pm_card_createDispute", "pm_card_pendingRefund"];

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 15)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task AnySequenceOfMovements_LeavesEveryBalanceTheSumOfItsTransactions(int seed)
    {
        var random = new Random(seed);
        await using var world = await SandboxWorld.Start(options => (options.PendingSeconds, options.TransferPendingSeconds, options.PayoutSeconds) = (20, 5, 10));
        string[] accounts = [await world.Onboarded(), await world.Onboarded("account_closed")];
        var charges = new List<(string Id, string Currency)>();
        var transfers = new List<string>();
        for (var step = 0; step < Steps; step++)
        {
            await Move(random, world, accounts, charges, transfers);
            if (step % 10 == 0) { await Check(world, accounts, seed, step); }
        }

        world.Clock.Advance(TimeSpan.FromMinutes(1));
        await Check(world, accounts, seed, Steps);
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        await Check(world, accounts, seed, Steps + 1);
        foreach (var account in accounts)
        {
            foreach (var currency in CurrenciesUsed) { Assert.Equal(0, (await world.Balance(currency, account)).Pending); }
        }
    }

    /// <summary>One thing happens; many are refused, and then nothing may move.</summary>
    private static async Task Move(Random random, SandboxWorld world, string[] accounts, List<(string Id, string Currency)> charges, List<string> transfers)
    {
        var currency = CurrenciesUsed[random.Next(2)];
        var account = accounts[random.Next(2)];
        switch (random.Next(7))
        {
            case 0 or 1:
                var card = Cards[random.Next(Cards.Length)];
                var payment = await world.Post("/v1/payment_intents", $"amount={random.Next(50, 5000)}&currency={currency}&payment_method={card}&confirm=true");
                if (payment.Status == 200) { charges.Add(((string)payment.Body["latest_charge"]!, currency)); }
                break;
            case 2 when charges.Count > 0:
                await world.Post("/v1/refunds", $"charge={charges[random.Next(charges.Count)].Id}&amount={random.Next(1, 3000)}");
                break;
            case 3:
                Keep(await world.Post("/v1/transfers", $"amount={random.Next(1, 2000)}&currency={currency}&destination={account}"));
                break;
            case 4 when charges.Count > 0:
                var (id, of) = charges[random.Next(charges.Count)];
                Keep(await world.Post("/v1/transfers", $"amount={random.Next(1, 2000)}&currency={of}&destination={account}&source_transaction={id}"));
                break;
            case 5 when transfers.Count > 0:
                await world.Post($"/v1/transfers/{transfers[random.Next(transfers.Count)]}/reversals", random.Next(2) == 0 ? "" : $"amount={random.Next(1, 1500)}");
                break;
            default:
                world.Clock.Advance(TimeSpan.FromSeconds(random.Next(1, 12)));
                break;
        }

        void Keep(Answer transfer)
        {
            if (transfer.Status == 200) { transfers.Add(transfer.Id); }
        }
    }

    private static async Task Check(SandboxWorld world, string[] accounts, int seed, int step)
    {
        string?[] owners = [null, .. accounts];
        var total = 0L;
        var outside = 0L;
        foreach (var owner in owners)
        {
            var moved = await All(world, owner);
            foreach (var currency in CurrenciesUsed)
            {
                var ofCurrency = moved.Where(item => (string)item["currency"]! == currency).ToList();
                var (available, pending) = await world.Balance(currency, owner);
                var where = $"seed {seed}, step {step}, {owner ?? "platform"}, {currency}";
                Assert.True(available + pending == Net(ofCurrency), where);
                Assert.True(pending == Net(ofCurrency.Where(item => (string)item["status"]! == "pending")), where);
                Assert.True(owner is null || (available >= 0 && pending >= 0), where);
                total += available + pending;
                outside += Net(ofCurrency.Where(item => (string)item["type"]! is "charge" or "refund" or "refund_failure" or "adjustment" or "payout" or "payout_failure"));
            }
        }

        // Transfers move money between accounts; only charges, refunds, disputes and payouts bring it in and out.
        Assert.True(total == outside, $"seed {seed}, step {step}: {total} against {outside}");
    }

    private static long Net(IEnumerable<JsonObject> moved) => moved.Sum(item => (long)item["net"]!);

    private static async Task<List<JsonObject>> All(SandboxWorld world, string? owner)
    {
        var all = new List<JsonObject>();
        while (true)
        {
            var after = all.Count == 0 ? "" : $"&starting_after={(string)all[^1]["id"]!}";
            var page = await world.Get($"/v1/balance_transactions?limit=50{after}", owner);
            all.AddRange(page.Body["data"]!.AsArray().Select(item => item!.AsObject()));
            if (!(bool)page.Body["has_more"]!) { return all; }
        }
    }
}
