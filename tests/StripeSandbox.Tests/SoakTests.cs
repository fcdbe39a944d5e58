using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Faults;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>Faults at given rates, by a seed, until they are stopped.</summary>
public sealed class SoakTests
{
    private const string Form = "amount=500&currency=usd&payment_method=pm_card_visa&confirm=true";

    [Fact]
    public async Task SameSeed_HitsTheSameCalls_AndAnotherSeedHitsOthers()
    {
        var first = await Outcomes(seed: 7, calls: 120);

        Assert.Equal(first, await Outcomes(seed: 7, calls: 120));
        Assert.NotEqual(first, await Outcomes(seed: 8, calls: 120));
        Assert.Contains("200", first);
        Assert.Contains("reset", first);
        Assert.Contains("half", first);
        Assert.Contains("html", first);
        Assert.Contains("409", first);
        Assert.Contains("429", first);
        Assert.Contains("500", first);
    }

    [Fact]
    public async Task WhateverHappens_AKeyIsChargedAtMostOnce_AndRepeatingItEndsWithTheOneAnswer()
    {
        await using var world = await SandboxWorld.Start();
        world.Server.Arm(StripeSandboxFaults.Soak(11, Everything(0.06)));
        var settled = 0;
        for (var number = 0; number < 100; number++)
        {
            // Bounded: a key whose stored answer is a 500 stays a 500 for ever.
            for (var attempt = 0; attempt < 30; attempt++)
            {
                var outcome = await Call(world, $"pay:{number}");
                if (outcome == "500") { break; }
                if (outcome != "200") { continue; }
                settled++;
                break;
            }
        }

        world.Server.DisarmAll();
        var charges = new List<string>();
        for (var cursor = ""; ;)
        {
            var page = (await world.Get($"/v1/charges?limit=100{cursor}")).Body;
            charges.AddRange(page["data"]!.AsArray().Select(item => (string)item!["payment_intent"]!));
            if (!(bool)page["has_more"]!) { break; }
            cursor = "&starting_after=" + (string)page["data"]!.AsArray()[^1]!["id"]!;
        }

        Assert.Equal(charges.Count, charges.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(settled, charges.Count);
        Assert.InRange(settled, 80, 100);
    }

    [Fact]
    public async Task WhatWasInjected_IsCounted_AndNothingIsInjectedAfterTheStop()
    {
        await using var world = await SandboxWorld.Start();
        world.Server.Arm(StripeSandboxFaults.Soak(3, Everything(0.1)));
        var outcomes = new List<string>();
        for (var number = 0; number < 60; number++) { outcomes.Add(await Call(world, $"pay:{number}")); }

        var counts = world.Server.FaultCounts;
        Assert.Equal(60, counts.Requests);
        Assert.Equal(outcomes.Count(outcome => outcome == "429"), counts.Api.GetValueOrDefault(ApiFault.RateLimit));
        Assert.Equal(outcomes.Count(outcome => outcome == "409"), counts.Api.GetValueOrDefault(ApiFault.KeyInUse));
        Assert.Equal(outcomes.Count(outcome => outcome == "half"), counts.Api.GetValueOrDefault(ApiFault.TruncatedAfterCommit));
        Assert.Equal(outcomes.Count(outcome => outcome != "200"), counts.Api.Values.Sum());

        using var stopped = await world.Client.DeleteAsync("/_sandbox/faults");
        Assert.Null(JsonNode.Parse(await stopped.Content.ReadAsStringAsync())!["seeded"]);
        for (var number = 100; number < 130; number++) { Assert.Equal("200", await Call(world, $"pay:{number}")); }
        Assert.Equal(counts.Api.Values.Sum(), world.Server.FaultCounts.Api.Values.Sum());
        Assert.Equal(90, (long)(await world.Get("/_sandbox/faults/counts")).Body["requests"]!);
    }

    [Fact]
    public async Task WebhooksOfASoak_AllComeButTheDropped_AndTheDuplicatedComeTwice()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(receiver);
        var rates = new SoakRates { Webhooks = Enum.GetValues<WebhookFault>().ToDictionary(fault => fault, _ => 0.12), SecondsLongest = 3 };
        world.Server.Arm(StripeSandboxFaults.Soak(5, rates));
        for (var number = 0; number < 80; number++) { Assert.Equal("200", await Call(world, $"pay:{number}")); }

        world.Server.DisarmAll();
        var counts = world.Server.FaultCounts;
        world.Clock.Advance(TimeSpan.FromSeconds(3));
        await world.Post("/v1/customers", "name=Last");
        var expected = (int)(counts.Events + 1 - counts.Webhooks[WebhookFault.Drop] + counts.Webhooks[WebhookFault.Duplicate]);
        var webhooks = await receiver.Next(expected);

        Assert.Equal(240, counts.Events);
        Assert.Equal(Enum.GetValues<WebhookFault>(), counts.Webhooks.Keys.Order());
        Assert.Equal(counts.Webhooks[WebhookFault.Duplicate], webhooks.Count - webhooks.Select(webhook => webhook.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.False(receiver.TryTake(out _));
    }

    [Fact]
    public async Task EventOfTheClock_ThatShouldComeBeforeAnAnswer_ComesAtOnce()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(receiver, options => options.WebhookTimeoutSeconds = 60);
        var armed = world.Clock.WhenArmed(TimeSpan.FromSeconds(10));
        await world.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_simProcessing&confirm=true");
        await receiver.Next(2);
        world.Server.Arm(new ArmedWebhookFault { Fault = WebhookFault.BeforeAnswer, EventType = "payment_intent.succeeded" });

        await armed.WaitAsync(TimeSpan.FromSeconds(120));
        world.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["charge.succeeded", "payment_intent.succeeded"], (await receiver.Next(2)).Select(webhook => webhook.Type).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"seeded":{"seed":1,"rates":{"api":{"rate_limit":1.5}}}}""")]
    [InlineData("""{"seeded":{"seed":1,"rates":{"api":{"rate_limit":0.6,"reset_before":0.6}}}}""")]
    [InlineData("""{"seeded":{"seed":1,"rates":{"webhooks":{"drop":-0.1}}}}""")]
    [InlineData("""{"seeded":{"seed":1,"rates":{"webhooks":{"vanish":0.1}}}}""")]
    [InlineData("""{"seeded":{"seed":1,"rates":{"seconds_longest":0}}}""")]
    [InlineData("""{"seeded":{"rates":{}}}""")]
    public async Task RatesThatMakeNoSense_AreRefused(string body)
    {
        await using var world = await SandboxWorld.Start();

        using var answer = await world.Client.PostAsync("/_sandbox/faults", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Throws<ArgumentException>(() => world.Server.Arm(StripeSandboxFaults.Soak(1, SoakRates.Even(api: 0.5, webhooks: 0))));
    }

    [Fact]
    public async Task Soak_CanBeStartedOverTheAdminEndpoint()
    {
        await using var world = await SandboxWorld.Start();

        using var answer = await world.Client.PostAsync(
            "/_sandbox/faults",
            new StringContent("""{"seeded":{"seed":1,"rates":{"api":{"rate_limit":1}}}}""", Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(1, (long)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["seeded"]!["seed"]!);
        Assert.Equal("429", await Call(world, "k1"));
    }

    private static SoakRates Everything(double rate) => new()
    {
        // Without the hold, which would wait for the clock.
        Api = Enum.GetValues<ApiFault>().Where(fault => fault != ApiFault.TimeoutAfterCommit).ToDictionary(fault => fault, _ => rate),
    };

    private static async Task<List<string>> Outcomes(long seed, int calls)
    {
        await using var world = await SandboxWorld.Start();
        world.Server.Arm(StripeSandboxFaults.Soak(seed, Everything(0.08)));
        var outcomes = new List<string>();
        for (var number = 0; number < calls; number++) { outcomes.Add(await Call(world, $"pay:{number}")); }
        return outcomes;
    }

    /// <summary>What a caller sees: a status, or how the answer was broken.</summary>
    private static async Task<string> Call(SandboxWorld world, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/payment_intents");
        request.Content = new StringContent(Form, Encoding.UTF8, "application/x-www-form-urlencoded");
        request.Headers.Add("Idempotency-Key", key);
        try
        {
            using var response = await world.Client.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            if (response.Content.Headers.ContentType?.MediaType == "text/html") { return "html"; }
            JsonNode.Parse(text);
            return ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException)
        {
            return "reset";
        }
        catch (System.Text.Json.JsonException)
        {
            return "half";
        }
    }
}
