using System.Collections.Concurrent;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Payments.Inbox;
using LiveCommerce.Silo.Payments.Stripe;
using LiveCommerce.StripeSandbox;
using LiveCommerce.StripeSandbox.Faults;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Silo.Tests.Payments.Reconciliation;

/// <summary>The story of a soak: viewers who pay, get money back and dispute while faults are drawn by a seed; then time without faults.</summary>
internal sealed class PaymentSoak : IAsyncDisposable
{
    private const double ApiRate = 0.008;
    private const double WebhookRate = 0.04;
    private const int AtOnce = 48;
    private const int PaymentsPerViewer = 20;

    /// <summary>Minutes that pass without faults until everything must be final: longer than a viewer may take to confirm.</summary>
    private const int MinutesAfter = 90;

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
    private readonly Caller _streamer = PaymentWorld.Person("Sam");
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
        });
        world.Sandbox.Arm(StripeSandboxFaults.Soak(seed, SoakRates.Even(ApiRate, WebhookRate) with { SecondsLongest = 60 }));
        return new PaymentSoak(world, seed, payments);
    }

    /// <summary>Everybody pays, many at once; some confirm, some do not, some spend, some want their money back.</summary>
    public async Task PayAsync()
    {
        using var stop = new CancellationTokenSource();
        var pump = PumpAsync(stop.Token);
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

    /// <summary>No more faults; minutes pass until nothing is due any more.</summary>
    public async Task EndFaultsAsync()
    {
        World.Sandbox.DisarmAll();
        for (var minute = 0; minute < MinutesAfter; minute++)
        {
            World.Time.Advance(TimeSpan.FromMinutes(1));
            await PollAsync();
            await WakeAllAsync();
            if (minute > 20 && await World.WaitingEvents() == 0 && (await UnfinishedAsync()).Count == 0) { return; }
        }

        Assert.Fail($"Not final after {MinutesAfter} minutes: {string.Join(", ", await UnfinishedAsync())}; {await World.WaitingEvents()} events wait.");
    }

    /// <summary>Every payment that the provider has taken was credited once, and no other.</summary>
    public async Task CheckCreditsAsync()
    {
        var payments = await InsistAsync(() => StripePages.ReadAsync<StripePaymentIntent>(page => World.Stripe().ListPaymentIntentsAsync(new ListPaymentIntents(), page)));
        var taken = payments.Data.Where(payment => payment.Status == "succeeded").Select(payment => $"topup:{payment.Metadata![CardPayments.TopUpId]}").ToList();
        var credited = (await World.MovementsAsync(LedgerAccount.Clearing(LedgerUnit.Coins)))
            .Where(entry => entry.Kind == LedgerEntryKind.TopUp && entry.Reference!.StartsWith("topup:", StringComparison.Ordinal))
            .Select(entry => entry.Reference!).ToList();

        Assert.True(taken.Count > _payments / 2, $"Only {taken.Count} of {_payments} payments were taken: the soak is not one.");
        Assert.Equal(taken.Order(StringComparer.Ordinal), credited.Order(StringComparer.Ordinal));
        Assert.Equal(taken.Count, taken.Distinct(StringComparer.Ordinal).Count());
    }

    /// <summary>What was injected.</summary>
    public string Faults()
    {
        var counts = World.Sandbox.FaultCounts;
        return $"{counts.Requests} requests, {counts.Events} events; "
            + string.Join(", ", counts.Api.Select(one => $"{one.Key} {one.Value}").Concat(counts.Webhooks.Select(one => $"{one.Key} {one.Value}")));
    }

    /// <summary>How the top-ups ended.</summary>
    public async Task<string> SummaryAsync()
    {
        var states = new ConcurrentBag<TopUpState>();
        await Parallel.ForEachAsync(_topUps, async (topUp, _) =>
        {
            if (await World.Grains.GetGrain<ITopUpGrain>(topUp.Key).Get(topUp.Value) is { Ok: true, Value: var view }) { states.Add(view.State); }
        });
        return string.Join(", ", states.CountBy(state => state).OrderBy(state => state.Key).Select(state => $"{state.Key} {state.Value}"))
            + $"; {_refused.Count} requests refused: {string.Join(" | ", _refused.Distinct(StringComparer.Ordinal).Take(5))}";
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
        var (id, card) = (World.NewKey(), CardOf(random.Next(1000)));
        World.Time.Advance(BetweenPayments);
        var started = await World.TryTopUp(viewer, card, id, Packs[random.Next(Packs.Length)]);
        if (!started.Ok)
        {
            _refused.Add(started.Refusal.Message);
            return;
        }

        _topUps[id] = viewer;
        var (asks, spends, returns) = (random.Next(3), random.Next(100), random.Next(100));
        if (started.Value is { State: TopUpState.RequiresAction, ActionUrl: { } page } && asks > 0) { await World.Decide(page, asks == 1 ? "approve" : "fail"); }
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

    private async Task GiveAsync(Caller viewer, long coins)
    {
        var fee = coins * 3 / 10;
        await Ledger.Post(new LedgerEntry(
            Guid.CreateVersion7(World.Time.GetUtcNow()), coins, LedgerEntryKind.Gift, LedgerAccount.Coins(viewer.Id),
            [new LedgerLeg(LedgerAccount.Earnings(_streamer.Id), coins - fee), new LedgerLeg(LedgerAccount.Fee(LedgerUnit.Coins), fee)], Rate: 1,
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

    private Task<int> PollAsync() => World.Services.GetRequiredService<EventPoller>().PollAsync();

    private async Task WakeAllAsync()
    {
        for (var batch = 0; batch < _payments && await World.Wake() > 0; batch++)
        {
        }
    }

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
