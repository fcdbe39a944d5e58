using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Faults;
using LiveCommerce.StripeSandbox.Webhooks;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>Webhooks: signed, in order, tried again, and wrong in every way that is asked for.</summary>
public sealed class WebhookTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static TheoryData<string> Vectors() => [.. AcceptedVectors().Select(vector => (string)vector["name"]!)];

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Signature_IsThatOfTheOfficialSdk(string name)
    {
        var vector = AcceptedVectors().Single(candidate => (string)candidate["name"]! == name);
        var header = (string)vector["header"]!;
        var time = long.Parse(header.Split(',')[0]["t=".Length..], System.Globalization.CultureInfo.InvariantCulture);

        var ours = WebhookSignature.Header(
            (string)vector["secret"]!, DateTimeOffset.FromUnixTimeSeconds(time), Convert.FromBase64String((string)vector["payload_base64"]!));

        Assert.Contains(ours.Split(',')[1], header.Split(','));
    }

    [Fact]
    public async Task Events_AreSignedAndDeliveredInOrder()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(receiver);

        var payment = await world.Post("/v1/payment_intents", SandboxWorld.Pay + "&metadata[topup_id]=t1", "topup:1:1");
        var webhooks = await receiver.Next(3);

        Assert.Equal(["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"], webhooks.Select(webhook => webhook.Type));
        var last = webhooks[^1];
        Assert.Equal(WebhookSignature.Header(WebhookReceiver.Secret, world.Clock.GetUtcNow(), last.Body), last.Signature);
        Assert.Equal("t1", (string?)last.Event["data"]!["object"]!["metadata"]!["topup_id"]);
        Assert.Equal("topup:1:1", (string?)last.Event["request"]!["idempotency_key"]);
        Assert.Equal(payment.Header("Request-Id"), (string?)last.Event["request"]!["id"]);
        Assert.Equal("2026-10-28.endive", (string?)last.Event["api_version"]);
        Assert.Equal(last.Text, (await world.Get($"/v1/events/{last.Id}")).Body.ToJsonString(Json.Options));
    }

    [Fact]
    public async Task RefusedWebhook_IsTriedAgainAfterGrowingPauses()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(receiver);
        receiver.RefuseNext(2);
        var second = world.Clock.WhenArmed(TimeSpan.FromSeconds(1));
        var third = world.Clock.WhenArmed(TimeSpan.FromSeconds(2));

        await world.Post("/v1/customers", "name=Ana");
        var first = await receiver.Next();
        await second.WaitAsync(Patience);
        Assert.Equal(1, await Undelivered(world));
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(first.Id, (await receiver.Next()).Id);
        await third.WaitAsync(Patience);
        world.Clock.Advance(TimeSpan.FromSeconds(2));
        var accepted = await receiver.Next();

        Assert.Equal(first.Id, accepted.Id);
        Assert.NotEqual(first.Signature, accepted.Signature);
    }

    [Fact]
    public async Task WebhookThatIsNeverAccepted_IsGivenUpAndStillListed()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(receiver, options => options.WebhookAttemptsMax = 2);
        receiver.RefuseNext(2);
        var again = world.Clock.WhenArmed(TimeSpan.FromSeconds(1));

        await world.Post("/v1/customers", "name=Ana");
        await receiver.Next();
        await again.WaitAsync(Patience);
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        var last = await receiver.Next();
        await world.Post("/v1/customers", "name=Ben");
        var other = await receiver.Next();

        Assert.NotEqual(last.Id, other.Id);
        var deliveries = (await world.Get("/_sandbox/webhooks")).Body["data"]!.AsArray();
        Assert.Equal("given_up", (string?)deliveries.Single(row => (string)row!["event"]! == last.Id)!["state"]);
        var undelivered = (await world.Get("/v1/events?delivery_success=false")).Body["data"]!.AsArray();
        Assert.Contains(last.Id, undelivered.Select(item => (string)item!["id"]!));
    }

    [Fact]
    public void Backoff_DoublesUpToItsMost()
    {
        var outbox = new WebhookOutbox(new StripeSandboxOptions(), new FaultBoard(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], Enumerable.Range(1, 8).Select(attempts => (int)outbox.Backoff(attempts).TotalSeconds));
        Assert.Equal(60, outbox.Backoff(int.MaxValue).TotalSeconds);
    }

    [Fact]
    public async Task DuplicatedWebhook_ComesTwiceWithTheSameId()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(receiver);
        world.Server.Arm(new ArmedWebhookFault { Fault = WebhookFault.Duplicate });

        await world.Post("/v1/customers", "name=Ana");
        var both = await receiver.Next(2);

        Assert.Equal(both[0].Text, both[1].Text);
    }

    [Fact]
    public async Task DroppedWebhook_NeverComesButIsListed()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(receiver);
        world.Server.Arm(new ArmedWebhookFault { Fault = WebhookFault.Drop, EventType = "payment_intent.succeeded" });

        await world.Post("/v1/payment_intents", SandboxWorld.Pay);
        await world.Post("/v1/customers", "name=Ana");

        Assert.Equal(["payment_intent.created", "charge.succeeded", "customer.created"], (await receiver.Next(3)).Select(webhook => webhook.Type));
        Assert.Single((await world.Get("/v1/events?type=payment_intent.succeeded&delivery_success=false")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task ReorderedWebhook_ComesBehindTheOneThatFollows()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(receiver);
        world.Server.Arm(new ArmedWebhookFault { Fault = WebhookFault.Reorder, EventType = "payment_intent.created" });

        await world.Post("/v1/payment_intents", SandboxWorld.Pay);

        Assert.Equal(["charge.succeeded", "payment_intent.created", "payment_intent.succeeded"], (await receiver.Next(3)).Select(webhook => webhook.Type));
    }

    [Fact]
    public async Task ReorderedWebhookWithoutFollower_ComesAfterAWhile()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(receiver);
        world.Server.Arm(new ArmedWebhookFault { Fault = WebhookFault.Reorder, Seconds = 7 });
        var armed = world.Clock.WhenArmed(TimeSpan.FromSeconds(7));

        await world.Post("/v1/customers", "name=Ana");
        await armed.WaitAsync(Patience);
        Assert.False(receiver.TryTake(out _));
        world.Clock.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal("customer.created", (await receiver.Next()).Type);
    }

    [Fact]
    public async Task DelayedWebhook_ComesLater()
    {
        await using var receiver = await WebhookReceiver.Start();

        // The webhook is what the clockwork waits for next, not the charge's money.
        await using var world = await SandboxWorld.Start(receiver, options => options.PendingSeconds = 3600);
        world.Server.Arm(new ArmedWebhookFault { Fault = WebhookFault.Delay, Seconds = 90, EventType = "charge.succeeded" });
        var armed = world.Clock.WhenArmed(TimeSpan.FromSeconds(90));

        await world.Post("/v1/payment_intents", SandboxWorld.Pay);
        Assert.Equal(["payment_intent.created", "payment_intent.succeeded"], (await receiver.Next(2)).Select(webhook => webhook.Type));
        await armed.WaitAsync(Patience);
        world.Clock.Advance(TimeSpan.FromSeconds(90));

        Assert.Equal("charge.succeeded", (await receiver.Next()).Type);
    }

    [Fact]
    public async Task WebhookBeforeTheAnswer_IsThereWhenTheAnswerComes()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(receiver);
        world.Server.Arm(new ArmedWebhookFault { Fault = WebhookFault.BeforeAnswer, EventType = "payment_intent.succeeded" });

        var payment = await world.Post("/v1/payment_intents", SandboxWorld.Pay);

        Assert.True(receiver.TryTake(out var early));
        Assert.Equal(("payment_intent.succeeded", payment.Id), (early!.Type, (string?)early.Event["data"]!["object"]!["id"]));
        Assert.Equal(["payment_intent.created", "charge.succeeded"], (await receiver.Next(2)).Select(webhook => webhook.Type));
    }

    [Fact]
    public async Task FullQueue_KeepsEventsForTheListOnly()
    {
        await using var receiver = await WebhookReceiver.Start();
        var open = new TaskCompletionSource();
        receiver.AnswerOnlyAfter(open.Task);
        await using var world = await SandboxWorld.Start(receiver, options => options.WebhookQueueMax = 1);

        await world.Post("/v1/customers", "name=Ana");
        await receiver.Next();
        await world.Post("/v1/customers", "name=Ben");
        open.SetResult();

        Assert.Equal(2, (await world.Get("/v1/events?type=customer.*")).Body["data"]!.AsArray().Count);
        Assert.Single((await world.Get("/_sandbox/webhooks")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task ReceiverNamedLater_GetsWhatHappensFromThenOn()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start();
        await world.Post("/v1/customers", "name=Ana");

        world.Server.SendWebhooksTo(receiver.Url, WebhookReceiver.Secret);
        var second = await world.Post("/v1/customers", "name=Ben");

        Assert.Equal(second.Id, (string?)(await receiver.Next()).Event["data"]!["object"]!["id"]);
    }

    private static async Task<int> Undelivered(SandboxWorld world) =>
        (await world.Get("/v1/events?delivery_success=false")).Body["data"]!.AsArray().Count;

    private static List<JsonObject> AcceptedVectors()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Data", "webhook-vectors.json");
        return
        [
            .. JsonNode.Parse(File.ReadAllText(file))!["vectors"]!.AsArray()
                .Select(vector => vector!.AsObject()).Where(vector => (string)vector["expect"]! == "accept"),
        ];
    }
}
