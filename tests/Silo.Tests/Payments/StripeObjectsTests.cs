using System.Text.Json;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Inbox;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>What is read of the API's objects and lists.</summary>
public sealed class StripeObjectsTests
{
    [Fact]
    public async Task Charge_TellsItsCardAndWhatBecameOfIt()
    {
        var charge = await Read(client => client.GetChargeAsync("ch_1"), """
            {"id":"ch_1","object":"charge","status":"succeeded","amount":500,"currency":"usd","created":1,"paid":true,"disputed":true,"refunded":false,
            "amount_refunded":100,"balance_transaction":"txn_1","payment_intent":"pi_1","customer":null,"payment_method":"pm_1","metadata":{},
            "outcome":{"risk_level":"elevated","type":"authorized"},
            "payment_method_details":{"type":"card","card":{"brand":"visa","last4":"4242","exp_month":8,"exp_year":2030,"fingerprint":"fp1","checks":null}}}
            """);

        Assert.Equal((500, 100, true, false), (charge.Amount, charge.AmountRefunded, charge.Disputed, charge.Refunded));
        Assert.Equal(("txn_1", "pi_1", "elevated"), (charge.BalanceTransaction, charge.PaymentIntent, charge.Outcome?.RiskLevel));
        Assert.Equal(new StripeCard("visa", "4242", 8, 2030, Fingerprint: "fp1"), charge.PaymentMethodDetails?.Card);
    }

    [Fact]
    public async Task Dispute_TellsUntilWhenItCanBeAnsweredAndWhatItTook()
    {
        var dispute = await Read(client => client.GetDisputeAsync("dp_1"), """
            {"id":"dp_1","object":"dispute","status":"needs_response","amount":500,"currency":"usd","created":1,"reason":"fraudulent","charge":"ch_1",
            "payment_intent":null,"is_charge_refundable":false,"evidence_details":{"due_by":99,"has_evidence":false,"past_due":false,"submission_count":0},
            "balance_transactions":[{"id":"txn_1","amount":-500,"fee":1500,"net":-2000,"currency":"usd","type":"adjustment","status":"available",
            "available_on":3,"created":2,"source":"dp_1","exchange_rate":null}],"metadata":{}}
            """);

        Assert.Equal(("ch_1", 99), (dispute.Charge, dispute.EvidenceDetails?.DueBy));
        var taken = Assert.Single(dispute.BalanceTransactions!);
        Assert.Equal((-500, 1500, -2000), (taken.Amount, taken.Fee, taken.Net));
    }

    [Fact]
    public async Task DeletedCustomer_SaysSo() =>
        Assert.True((await Read(client => client.GetCustomerAsync("cus_1"), """{"id":"cus_1","object":"customer","deleted":true}""")).Deleted);

    [Fact]
    public async Task ListedEvent_KeepsItsText()
    {
        const string json = """{"id":"evt_1","object":"event","type":"payout.paid","created":7,"account":"acct_1","data":{"object":{"id":"po_1","a":[1, 2]}}}""";

        var listed = await Read(client => client.ListEventsAsync(new ListEvents()), $$"""{"object":"list","has_more":false,"data":[{{json}}]}""");

        Assert.Equal(new StripeListedEvent("evt_1", "payout.paid", 7, json), Assert.Single(listed.Data));
    }

    [Fact]
    public async Task ThinEvent_IsReadAndIsNoNewsOfAPayment()
    {
        const string json = """
            {"id":"evt_1","object":"v2.core.event","type":"v2.core.account[requirements].updated","livemode":false,"created":"2026-11-22T07:00:00.123Z",
            "context":null,"reason":{"type":"request","request":{"id":"req_1","idempotency_key":"k"}},
            "related_object":{"id":"acct_1","type":"v2.core.account","url":"/v2/core/accounts/acct_1"}}
            """;

        var thin = JsonSerializer.Deserialize(json, StripeJson.Default.StripeEvent)!;

        Assert.Equal(new StripeRelatedObject("acct_1", "v2.core.account"), thin.RelatedObject);
        Assert.Equal(1_795_330_800, thin.Created);
        Assert.Null(await HandOver(json));
    }

    [Fact]
    public async Task PaymentToAConnectedAccount_IsNoPaymentToUs()
    {
        const string json = """
            {"id":"evt_1","type":"payment_intent.succeeded",ACCOUNT"data":{"object":{"id":"pi_1","status":"succeeded","amount":5,"currency":"usd","created":1,
            "metadata":{"top_up_id":"t1"}}}}
            """;

        Assert.True(await HandOver(json.Replace("ACCOUNT", "", StringComparison.Ordinal)));
        Assert.False(await HandOver(json.Replace("ACCOUNT", "\"account\":\"acct_1\",", StringComparison.Ordinal)));
    }

    /// <summary>Hands an event to who is paid; nobody else is asked.</summary>
    private static Task<bool?> HandOver(string json)
    {
        var topUps = new PaidThing(
            CardPayments.TopUpId, "top-up", (_, _, _) => ValueTask.CompletedTask, (_, _, _) => ValueTask.FromResult(true), (_, _, _) => ValueTask.FromResult(true));
        return new EventRouter(new PaidThings([topUps]), [], stripe: null!, grains: null!, NullLogger<EventRouter>.Instance).HandOverAsync("evt_1", json);
    }

    [Fact]
    public async Task Pages_AreReadToTheEnd()
    {
        var all = await StripePages.ReadAsync<StripeCustomer>(Page(7));

        Assert.Equal(["7", "6", "5", "4", "3", "2", "1"], Ids(all));
        Assert.False(Ok(all).HasMore);
    }

    [Fact]
    public async Task Pages_AreReadFromAKnownIdInTheOrderInWhichThingsHappened()
    {
        Assert.Equal(["3", "4", "5", "6", "7"], Ids(await StripePages.ReadNewerAsync<StripeCustomer>(Page(7), "2")));
        Assert.Empty(Ids(await StripePages.ReadNewerAsync<StripeCustomer>(Page(7), "7")));
    }

    [Fact]
    public async Task Pages_EndAtTheBoundAndSayThatThereIsMore()
    {
        var some = await StripePages.ReadAsync<StripeCustomer>(Page(7), pagesMax: 2);
        Assert.Equal((4, true), (Ok(some).Data.Count, Ok(some).HasMore));

        var newer = await StripePages.ReadNewerAsync<StripeCustomer>(Page(7), "1", pagesMax: 2);
        Assert.Equal(["2", "3", "4", "5"], Ids(newer));
        Assert.True(Ok(newer).HasMore);
    }

    [Fact]
    public async Task Pages_EndWhenEnoughIsFound() =>
        Assert.Equal(["7", "6", "5", "4"], Ids(await StripePages.ReadAsync<StripeCustomer>(Page(7), enough: one => one.Id == "5")));

    [Fact]
    public async Task Pages_ThatPromiseMoreAndHoldNothing_End() => Assert.Empty(Ids(await StripePages.ReadAsync(
        _ => Task.FromResult<StripeAnswer<StripeList<StripeCustomer>>>(new StripeAnswer<StripeList<StripeCustomer>>.Ok(new([], HasMore: true))))));

    [Fact]
    public async Task Pages_OfWhichOneFails_AreNoAnswer()
    {
        var asked = 0;
        var answer = await StripePages.ReadAsync<StripeCustomer>(page => ++asked == 2
            ? Task.FromResult<StripeAnswer<StripeList<StripeCustomer>>>(new StripeAnswer<StripeList<StripeCustomer>>.Unknown("gone", ServerError: false))
            : Page(7)(page));

        Assert.IsType<StripeAnswer<StripeList<StripeCustomer>>.Unknown>(answer);
    }

    /// <summary>A list of this many things, two to a page, as the API would give it.</summary>
    private static Func<StripePage, Task<StripeAnswer<StripeList<StripeCustomer>>>> Page(int count) => page =>
    {
        var all = Enumerable.Range(1, count).Reverse().Select(id => new StripeCustomer($"{id}")).ToList();
        var older = page.EndingBefore is null;
        var start = page.StartingAfter is { } after ? all.FindIndex(one => one.Id == after) + 1 : 0;
        var end = page.EndingBefore is { } before ? all.FindIndex(one => one.Id == before) : count;
        var part = older ? all[start..Math.Min(start + 2, end)] : all[Math.Max(start, end - 2)..end];
        return Task.FromResult<StripeAnswer<StripeList<StripeCustomer>>>(
            new StripeAnswer<StripeList<StripeCustomer>>.Ok(new(part, HasMore: older ? start + 2 < end : end - 2 > start)));
    };

    private static StripeList<StripeCustomer> Ok(StripeAnswer<StripeList<StripeCustomer>> answer) =>
        Assert.IsType<StripeAnswer<StripeList<StripeCustomer>>.Ok>(answer).Value;

    private static IEnumerable<string> Ids(StripeAnswer<StripeList<StripeCustomer>> answer) => Ok(answer).Data.Select(one => one.Id);

    private static async Task<T> Read<T>(Func<StripeClient, Task<StripeAnswer<T>>> read, string json)
        where T : class
    {
        await using var server = await ScriptedStripe.StartAsync([new(200, json)]);
        return Assert.IsType<StripeAnswer<T>.Ok>(await read(server.Client)).Value;
    }
}
