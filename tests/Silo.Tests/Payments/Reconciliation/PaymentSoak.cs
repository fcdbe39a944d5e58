using System.Collections.Concurrent;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Payments.Inbox;
using LiveCommerce.Silo.Payments.Stripe;
using LiveCommerce.StripeSandbox;
using LiveCommerce.StripeSandbox.Faults;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Silo.Tests.Payments.Reconciliation;

/// <summary>
/// The story of a soak: viewers buy coins, give by card and order, get money back and dispute, and streamers withdraw, while faults are
/// drawn by a seed; then time without faults.
/// </summary>
internal sealed partial class PaymentSoak : IAsyncDisposable
{
    private const double ApiRate = 0.008;
    private const double WebhookRate = 0.04;
    private const int AtOnce = 48;
    private const int PaymentsPerViewer = 20;

    /// <summary>Minutes that pass without faults: longer than a viewer may take to confirm.</summary>
    private const int MinutesAfter = 25;

    /// <summary>Leaps of two days that follow until everything must be final: longer than a bank is asked about, or items are on their way.</summary>
    private const int LeapsAfter = 16;

    /// <summary>By how much every payment moves the clock: the provider's lists of a span of time stay of a real size.</summary>
    private static readonly TimeSpan BetweenPayments = TimeSpan.FromSeconds(2);

    /// <summary>Cards and how many of a thousand payments are made with them.</summary>
    private static readonly (string Card, int Share)[] Cards =
    [
        ("pm_card_chargeDeclined", 60), ("pm_card_chargeDeclinedInsufficientFunds", 20), ("pm_card_simProcessing", 50), ("pm_card_simProcessingFails", 20),
        ("pm_card_authenticationRequired", 80), ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", 10), ("pm_card_createDispute", 30),
        ("pm_card_createDisputeProductNotReceived", 10), ("pm_card_createDisputeInquiry", 10), ("pm_card_createIssuerFraudRecord", 20),
        ("pm_card_pendingRefund", 30), ("pm_card_refundFail", 30), ("pm_card_simRefundPendsThenFails", 20), ("pm_card_mastercard", 100),
    ];

    private static readonly string[] Packs = ["coins-100", "coins-500", "coins-1000"];

    private readonly long _seed;
    private readonly int _payments;
    private readonly Caller[] _viewers;
    private readonly ConcurrentDictionary<string, Caller> _topUps = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<string> _refused = [];
    private readonly ConcurrentBag<Exception> _failed = [];

    private PaymentSoak(PaymentWorld world, long seed, int payments)
    {
        (World, _seed, _payments) = (world, seed, payments);
        _viewers = [.. Enumerable.Range(0, (payments / PaymentsPerViewer) + 1).Select(number => PaymentWorld.Person($"Viewer {number}"))];
    }

    public PaymentWorld World { get; }

    private IGiftLedgerGrain Ledger => World.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    public static async Task<PaymentSoak> StartAsync(long seed, int payments)
    {
        var world = await PaymentWorld.StartAsync(configure: sandbox =>
        {
            sandbox.HoldSecondsMax = 1;
            sandbox.WebhookQueueMax = 1_000_000;
            sandbox.ProcessingSeconds = 40;
            sandbox.RefundSeconds = 60;
            sandbox.DisputeReviewSeconds = 300;
        }, settings: new Dictionary<string, string?> { ["Payouts:SecondApproverAboveMinor"] = "4000", ["Payouts:TryAgainAfterSeconds"] = "60" });
        world.Sandbox.Arm(StripeSandboxFaults.Soak(seed, SoakRates.Even(ApiRate, WebhookRate) with { SecondsLongest = 60 }));
        var soak = new PaymentSoak(world, seed, payments);
        await Parallel.ForEachAsync(soak._stars, async (star, _) => await soak.SetUpAsync(star));
        return soak;
    }

    /// <summary>Everybody pays, many at once; some confirm, some do not, some spend, some want their money back.</summary>
    public async Task PayAsync()
    {
        using var stop = new CancellationTokenSource();
        var pump = Task.WhenAll(PumpAsync(stop.Token), StayLiveAsync(stop.Token));
        await Parallel.ForEachAsync(
            Enumerable.Range(0, _payments), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) => await TryPayAsync(number));
        await stop.CancelAsync();
        await pump;
        Assert.Empty(_failed);
    }

    /// <summary>Banks and operators decide what is disputed, half of it each way.</summary>
    public async Task DecideDisputesAsync()
    {
        var disputes = await InsistAsync(() => StripePages.ReadAsync<StripeDispute>(page => World.Stripe().ListDisputesAsync(new ListDisputes(), page)));
        for (var number = 0; number < disputes.Data.Count; number++)
        {
            var id = disputes.Data[number].Id;
            var grain = World.Grains.GetGrain<IDisputeGrain>(id);
            var text = new DisputeText(ProductDescription: null, CustomerName: null, AccessActivityLog: null, ServiceDate: null, RefundRefusalExplanation: null, UncategorizedText: "winning_evidence");
            var done = (number % 4) switch
            {
                // An operator whose list does not have it yet, because its webhook was lost, cannot decide: then the bank does.
                0 => (await grain.Accept(Books.Operator)).Ok,
                1 => (await grain.GiveEvidence(Books.Operator, new GiveEvidence(text, Submit: true))).Ok,
                _ => false,
            };
            if (!done)
            {
                try
                {
                    await World.Sandbox.DecideDisputeAsync(id, number % 2 == 0 ? DisputeOutcome.Won : DisputeOutcome.Lost);
                }
                catch (InvalidOperationException)
                {
                    // The operator's answer was lost on its way back: it is decided.
                }
            }
        }

        var desk = PaymentWorld.Value(await World.Grains.GetGrain<IDisputeDeskGrain>(IDisputeDeskGrain.Key).List(Books.Operator, onlyOpen: true, 200));
        foreach (var warning in desk.Disputes.Where(dispute => dispute.IsWarning).Where((_, number) => number % 2 == 0))
        {
            await World.Grains.GetGrain<IDisputeGrain>(warning.DisputeId).Release(Books.Operator);
        }
    }

    /// <summary>No more faults; time passes until nothing is due any more.</summary>
    public async Task EndFaultsAsync()
    {
        World.Sandbox.DisarmAll();
        for (var step = 0; step < MinutesAfter + LeapsAfter; step++)
        {
            await PassAsync(step < MinutesAfter ? TimeSpan.FromMinutes(1) : TimeSpan.FromDays(2));
            if (step > MinutesAfter && await World.WaitingEvents() == 0 && (await UnfinishedAsync()).Count == 0) { return; }
        }

        Assert.Fail($"Not final: {string.Join(", ", await UnfinishedAsync())}; {await World.WaitingEvents()} events wait.");
    }

    /// <summary>What was injected.</summary>
    public string Faults()
    {
        var counts = World.Sandbox.FaultCounts;
        return $"{counts.Requests} requests, {counts.Events} events; "
            + string.Join(", ", counts.Api.Select(one => $"{one.Key} {one.Value}").Concat(counts.Webhooks.Select(one => $"{one.Key} {one.Value}")));
    }

    public ValueTask DisposeAsync() => World.DisposeAsync();

    private async Task TryPayAsync(int number)
    {
        try
        {
            await PayAsync(number);
        }
        catch (Exception error)
        {
            _failed.Add(error);
        }
    }

    private async Task PayAsync(int number)
    {
        var random = new Random(HashOf(number));
        var viewer = _viewers[number % _viewers.Length];
        var (id, card, star) = (World.NewKey(), CardOf(random.Next(1000)), _stars[random.Next(_stars.Length)]);
        World.Time.Advance(BetweenPayments);
        if (number % WithdrawalsEvery == 0) { await WithdrawAsync(_stars[number / WithdrawalsEvery % _stars.Length].Person, 1_000 + random.Next(500), 0); }
        await (random.Next(10) switch
        {
            < 5 => TopUpAsync(viewer, id, card, random),
            < 8 => OrderAsync(viewer, id, card, star, random),
            _ => GiveByCardAsync(viewer, id, card, star, random),
        });
    }

    private async Task TopUpAsync(Caller viewer, string id, string card, Random random)
    {
        var started = await World.TryTopUp(viewer, card, id, Packs[random.Next(Packs.Length)]);
        if (!started.Ok)
        {
            _refused.Add(started.Refusal.Message);
            return;
        }

        _topUps[id] = viewer;
        var (asks, spends, returns) = (random.Next(3), random.Next(100), random.Next(100));
        if (started.Value is { State: TopUpState.RequiresAction, ActionUrl: { } page }) { await ConfirmAsync(page, asks); }
        if (started.Value.State != TopUpState.Credited) { return; }

        if (spends < 20) { await GiveAsync(viewer, coins: 10 + random.Next(80)); }
        if (returns < 12 || (returns < 70 && card.Contains("efund", StringComparison.Ordinal))) { await ReturnAsync(viewer, id, random); }
    }

    private async Task ReturnAsync(Caller viewer, string topUp, Random random)
    {
        // Viewers send back what they have not touched, operators a part.
        var (caller, coins) = random.Next(2) == 0 ? (viewer, (long?)null) : (Books.Operator, 1 + random.Next(60));
        var answer = await World.Grains.GetGrain<IRefundGrain>(World.NewKey()).Request(caller, new RequestRefund(topUp, GiftEntry: null, coins, "soak"));
        if (!answer.Ok) { _refused.Add(answer.Refusal.Message); }
    }

    /// <summary>Some confirm, some say no, some walk away.</summary>
    private async Task ConfirmAsync(string page, int drawn)
    {
        if (drawn > 0) { await World.Decide(page, drawn == 1 ? "approve" : "fail"); }
    }

    private async Task GiveAsync(Caller viewer, long coins)
    {
        var fee = coins * 3 / 10;
        await Ledger.Post(new LedgerEntry(
            Guid.CreateVersion7(World.Time.GetUtcNow()), coins, LedgerEntryKind.Gift, LedgerAccount.Coins(viewer.Id),
            [new LedgerLeg(LedgerAccount.Earnings(_stars[0].Person.Id), coins - fee), new LedgerLeg(LedgerAccount.Fee(LedgerUnit.Coins), fee)], Rate: 1,
            new GiftMemo("soak", viewer.Person, "rose", 1)));
    }

    /// <summary>What the server's timers do, while everybody pays.</summary>
    private async Task PumpAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        var polled = World.Time.GetUtcNow();
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await World.Wake();
                if (World.Time.GetUtcNow() - polled < TimeSpan.FromMinutes(5)) { continue; }
                polled = World.Time.GetUtcNow();
                await PollAsync();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Everybody has paid.
        }
        catch (Exception error)
        {
            _failed.Add(error);
        }
    }

    /// <summary>What the gateways of the broadcasts do.</summary>
    private async Task StayLiveAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                foreach (var star in _stars) { await KeepLiveAsync(star); }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Everybody has paid.
        }
        catch (Exception error)
        {
            _failed.Add(error);
        }
    }

    /// <summary>Time passes, and the server's timers come round.</summary>
    /// <param name="batchesMax">While there are faults, there is always somebody who tries again in a moment: nobody waits for all.</param>
    private async Task PassAsync(TimeSpan time, int batchesMax = int.MaxValue)
    {
        World.Time.Advance(time);
        await PollAsync();
        while ((await World.Grains.GetGrain<ILedgerMaturityGrain>(IGiftLedgerGrain.Key).Look()).More) { }
        for (var batch = 0; batch < batchesMax && await World.Wake() > 0; batch++) { }
    }

    private Task<int> PollAsync() => World.Services.GetRequiredService<EventPoller>().PollAsync();

    /// <summary>Rows that are not final. Disputes stay until the bank has decided, which it has; warnings have nothing due.</summary>
    private async Task<IReadOnlyList<string>> UnfinishedAsync() =>
        [.. (await World.Services.GetRequiredService<DueTimes>().ReadUnfinishedAsync(World.Time.GetUtcNow().AddYears(1), 1_000))
            .Select(row => $"{row.Grain.GrainType}/{row.Grain.GrainKey}")];

    /// <summary>Asks until there is an answer: the test's own questions meet faults too.</summary>
    private static async Task<T> InsistAsync<T>(Func<Task<StripeAnswer<T>>> ask)
        where T : class
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            if (await ask() is StripeAnswer<T>.Ok { Value: var value }) { return value; }
        }

        throw new TimeoutException("The provider did not answer.");
    }

    private static string CardOf(int drawn)
    {
        foreach (var (card, share) in Cards)
        {
            if (drawn < share) { return card; }
            drawn -= share;
        }

        return PaymentWorld.Visa;
    }

    private int HashOf(int number) => unchecked((int)((ulong)(_seed + number) * 0x9E3779B97F4A7C15 >> 32));
}
