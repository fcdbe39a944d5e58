using System.Collections.Concurrent;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Payments.Inbox;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.DependencyInjection;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>Whom the inbox tells when, and whom it lets wait.</summary>
public sealed class InboxOrderTests
{
    [Fact]
    public async Task SlowHandOver_HoldsNothingButWhatIsAboutTheSameThing()
    {
        var listener = new Listener();
        await using var world = await StartWithAsync(listener);
        var release = listener.Hold("slow");

        await ReceiveAsync(world, "slow-1", "slow");
        await Listener.Until(() => listener.Told.Contains("slow-1"));
        await ReceiveAsync(world, "slow-2", "slow");
        for (var i = 0; i < 150; i++) { await ReceiveAsync(world, $"other-{i}", $"other-{i % 40}"); }
        await Listener.Until(() => listener.Told.Count == 151);
        await Until(async () => await world.WaitingEvents() == 2);
        Assert.DoesNotContain("slow-2", listener.Told);

        release.SetResult();
        await Until(async () => await world.WaitingEvents() == 0);
        Assert.Equal("slow-2", listener.Told.Last());
    }

    [Fact]
    public async Task EventsOfOneThing_AreToldInTheOrderTheyCame_AndNoMoreThanEightAtOnce()
    {
        var listener = new Listener();
        await using var world = await StartWithAsync(listener);
        var gate = listener.HoldAll();

        for (var i = 0; i < 120; i++) { await ReceiveAsync(world, $"{i % 12}-{i / 12}", $"thing-{i % 12}"); }
        await Listener.Until(() => listener.Told.Count == 8);
        gate.SetResult();
        await Until(async () => await world.WaitingEvents() == 0);

        Assert.Equal(120, listener.Told.Count);
        Assert.Equal(8, listener.MostAtOnce);
        foreach (var thing in listener.Told.GroupBy(id => id.Split('-')[0]))
        {
            Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{thing.Key}-{i}"), thing);
        }
    }

    [Fact]
    public async Task EventThatFails_IsTriedAgainLater_AndHoldsNobody()
    {
        var listener = new Listener();
        await using var world = await StartWithAsync(listener);
        listener.Fail("broken", times: 1);

        await ReceiveAsync(world, "broken-1", "broken");
        await ReceiveAsync(world, "fine-1", "fine");
        await Until(async () => await world.WaitingEvents() == 1);
        await Until(async () => await world.DueTime("PaymentInbox", IPaymentInboxGrain.Key) is not null);
        await world.WakeAfter(TimeSpan.FromSeconds(10));
        await Until(async () => await world.WaitingEvents() == 0);

        Assert.Equal(["broken-1", "fine-1", "broken-1"], listener.Told);
    }

    [Theory]
    [InlineData("""{"data":{"object":{"id":"ch_1","payment_intent":"pi_1"}}}""", "pi_1")]
    [InlineData("""{"data":{"object":{"id":"pi_1","payment_intent":null}}}""", "pi_1")]
    [InlineData("""{"related_object":{"id":"acct_1","type":"v2.core.account"}}""", "acct_1")]
    [InlineData("""{"data":{"object":{"id":7}}}""", "evt_1")]
    [InlineData("""{"data":[]}""", "evt_1")]
    [InlineData("[]", "evt_1")]
    [InlineData("no json", "evt_1")]
    public void Event_IsAboutItsPayment_OrItsObject_OrItself(string body, string about) =>
        Assert.Equal(about, HandOverRound.AboutOf(new WaitingEvent(1, "evt_1", "x", body, 0)));

    private static Task<PaymentWorld> StartWithAsync(Listener listener) => StartAsync(
        sendWebhooks: false,
        ledger: services =>
        {
            services.AddLedger();
            services.AddSingleton(new EventRoute("heard.", (_, happened) => listener.TellAsync(happened)));
        });

    private static async Task ReceiveAsync(PaymentWorld world, string id, string about) => Assert.True(
        await world.Grains.GetGrain<IPaymentInboxGrain>(IPaymentInboxGrain.Key).Receive(new ProviderEvent(
            id, "heard.it", $$$$"""{"id":"{{{{id}}}}","type":"heard.it","data":{"object":{"id":"{{{{about}}}}"}}}""")));

    /// <summary>Hears events, and takes its time when told to.</summary>
    private sealed class Listener
    {
        private readonly ConcurrentQueue<string> _told = new();
        private readonly ConcurrentDictionary<string, TaskCompletionSource> _held = new();
        private readonly ConcurrentDictionary<string, int> _failing = new();
        private TaskCompletionSource? _all;
        private int _now;
        private int _most;

        public ConcurrentQueue<string> Told => _told;

        public int MostAtOnce => _most;

        public TaskCompletionSource Hold(string about) => _held.GetOrAdd(about, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

        public TaskCompletionSource HoldAll() => _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Fail(string about, int times) => _failing[about] = times;

        public static Task Until(Func<bool> condition) => PaymentWorld.Until(() => Task.FromResult(condition()));

        public async Task<bool> TellAsync(StripeEvent happened)
        {
            var now = Interlocked.Increment(ref _now);
            for (var most = _most; now > most; most = _most) { Interlocked.CompareExchange(ref _most, now, most); }
            _told.Enqueue(happened.Id);
            var about = happened.Data!.Object.GetProperty("id").GetString()!;
            if (_all is { } all) { await all.Task; }
            if (_held.TryGetValue(about, out var held)) { await held.Task; }
            Interlocked.Decrement(ref _now);
            if (_failing.TryGetValue(about, out var left) && left > 0)
            {
                _failing[about] = left - 1;
                throw new InvalidOperationException("It does not work now.");
            }

            return true;
        }
    }
}
