using System.Net;
using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Agencies;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Gateway.Statements;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Statements;

public sealed class StatementTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    private static string ThisMonth
    {
        get
        {
            var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
            return $"from={today.AddDays(-20):yyyy-MM-dd}&to={today.AddDays(1):yyyy-MM-dd}";
        }
    }

    private IGiftLedgerGrain Ledger => _server.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    [Fact]
    public async Task ViewerReadsTheOwnStatement_PageByPage()
    {
        using var ana = await _server.NewMemberAsync();
        await TopUpAsync(ana.Id, 100);
        for (var i = 0; i < 4; i++) { await GiveAsync(ana, "somebody", 10); }

        var first = await ana.GetAsync<StatementView>($"/api/statements/viewer?{ThisMonth}&take=3");
        var rest = await ana.GetAsync<StatementView>($"/api/statements/viewer?{ThisMonth}&take=3&after={first.Next}");

        Assert.Equal((0L, 40L, 100L, 60L, 5L), (first.Opening, first.Debits, first.Credits, first.Closing, first.Entries));
        Assert.Equal([100L, 90L, 80L, 70L, 60L], first.Lines.Concat(rest.Lines).Select(line => line.Balance));
        Assert.Equal(("coins", LedgerUnit.Coins, 3, 2, null), (first.Account, first.Unit, first.Lines.Count, rest.Lines.Count, rest.Next));
    }

    [Fact]
    public async Task StreamerReadsPendingEarnings_AndNobodyElsesAre()
    {
        using var star = await _server.NewMemberAsync();
        using var ana = await _server.NewMemberAsync();
        await TopUpAsync(ana.Id, 100);
        await GiveAsync(ana, star.Id, 30);

        var own = await star.GetAsync<StatementView>($"/api/statements/streamer?{ThisMonth}");
        var other = await ana.GetAsync<StatementView>($"/api/statements/streamer?{ThisMonth}");
        var earnings = await star.GetAsync<EarningsSummary>("/api/earnings");
        var days = (await star.GetAsync<EarningsDays>("/api/earnings/days?days=7")).Days;
        var income = (await star.GetAsync<Income>("/api/earnings/lines")).Lines;

        Assert.Equal((15L, ana.Name), (Assert.Single(own.Lines).Change, own.Lines[0].SenderName));
        Assert.Empty(other.Lines);
        Assert.Equal((15L, 0L), (earnings.Gifts.Pending, earnings.Gifts.Available));
        Assert.NotNull(earnings.Gifts.NextAt);
        Assert.Equal((7, 15L), (days.Count, days.Sum(day => day.GiftCoins)));
        Assert.Equal((15L, LedgerUnit.Coins), (Assert.Single(income).Change, income[0].Unit));
        foreach (var account in (string[])["available", "owed", "sales", "salesAvailable", "salesOwed"])
        {
            Assert.Empty((await star.GetAsync<StatementView>($"/api/statements/streamer?{ThisMonth}&account={account}")).Lines);
        }
    }

    [Fact]
    public async Task AgencysStatement_IsForWhoLeadsIt()
    {
        using var lea = await _server.NewMemberAsync();
        using var ana = await _server.NewMemberAsync();
        using var response = await lea.SendAsync(HttpMethod.Put, "/api/agency", new { name = $"Agency of {lea.Name}" });
        var agency = JsonSerializer.Deserialize<AgencyView>(await response.Content.ReadAsStringAsync(), WireJson.Options)!;
        using var star = await _server.NewMemberAsync();
        await TopUpAsync(ana.Id, 100);
        await GiveAsync(ana, [new(LedgerAccount.Earnings(star.Id), 10), new(LedgerAccount.Agency(agency.AgencyId, LedgerUnit.Coins), 15)]);

        var own = await lea.GetAsync<StatementView>($"/api/statements/agency?{ThisMonth}");
        using var file = await lea.SendAsync(HttpMethod.Get, $"/api/statements/agency.csv?{ThisMonth}");

        var rows = (await file.Content.ReadAsStringAsync()).Split("\r\n");
        Assert.Equal((15L, "pending", star.Id, star.Name), (Assert.Single(own.Lines).Change, own.Account, own.Lines[0].EarnerId, own.Lines[0].EarnerName));
        Assert.EndsWith(",streamer", rows[0], StringComparison.Ordinal);
        Assert.EndsWith($",\"{star.Name}\"", rows[2], StringComparison.Ordinal);
        Assert.Contains(",closing,,15,coins", rows[3], StringComparison.Ordinal);
        Assert.Empty((await lea.GetAsync<StatementView>($"/api/statements/agency?{ThisMonth}&account=available")).Lines);
        await lea.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, $"/api/statements/agency?{ThisMonth}&account=gifts");
        foreach (var path in (string[])["agency", "agency.csv"])
        {
            Assert.Equal(RefusalCode.AgencyNotFound, (await ana.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, $"/api/statements/{path}?{ThisMonth}")).Code);
        }
    }

    [Theory]
    [InlineData("", RefusalCode.PeriodInvalid)]
    [InlineData("from=2026-11-01", RefusalCode.PeriodInvalid)]
    [InlineData("from=2026-11-01&to=2026-11-31", RefusalCode.PeriodInvalid)]
    [InlineData("from=2026-11-02&to=2026-11-01", RefusalCode.PeriodInvalid)]
    [InlineData("from=01.11.2026&to=30.11.2026", RefusalCode.PeriodInvalid)]
    [InlineData("from=0001-01-01&to=0001-01-02", RefusalCode.PeriodInvalid)]
    [InlineData("from=9999-12-31&to=9999-12-31", RefusalCode.PeriodInvalid)]
    [InlineData("from=2025-01-01&to=2026-12-31", RefusalCode.PeriodTooLong)]
    public async Task PeriodThatIsNone_IsRefusedWithASentence(string period, RefusalCode code)
    {
        using var ana = await _server.NewMemberAsync();

        foreach (var path in (string[])["viewer", "viewer.csv", "streamer", "streamer.csv"])
        {
            var refusal = await ana.RefusedAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Get, $"/api/statements/{path}?{period}");
            Assert.Equal(code, refusal.Code);
            Assert.EndsWith(".", refusal.Message);
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1")]
    [InlineData("-1.0")]
    [InlineData("1.99999999999")]
    [InlineData("99999999999999999999.0")]
    public async Task PlaceThatIsNone_IsMalformed(string after)
    {
        using var ana = await _server.NewMemberAsync();

        Assert.Equal(RefusalCode.Malformed, (await ana.RefusedAsync(
            HttpStatusCode.BadRequest, HttpMethod.Get, $"/api/statements/viewer?{ThisMonth}&after={after}")).Code);
    }

    [Fact]
    public async Task UnknownAccountAndGuests_AreRefused()
    {
        using var ana = await _server.NewMemberAsync();
        using var guest = _server.NewVisitor();

        Assert.Equal(RefusalCode.NotFound, (await ana.RefusedAsync(
            HttpStatusCode.NotFound, HttpMethod.Get, $"/api/statements/streamer?{ThisMonth}&account=clearing")).Code);
        foreach (var path in (string[])["statements/viewer", "statements/streamer.csv", "earnings", "earnings/days", "earnings/lines"])
        {
            Assert.Equal(RefusalCode.SignInRequired, (await guest.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, $"/api/{path}")).Code);
        }
    }

    [Fact]
    public async Task File_HasEveryPageBetweenOpeningAndClosing()
    {
        using var ana = await _server.NewMemberAsync();
        await TopUpAsync(ana.Id, 10_000);
        await Task.WhenAll(Enumerable.Range(0, StatementDesk.LinesMax + 20).Select(_ => GiveAsync(ana, "somebody", 2)));

        using var response = await ana.SendAsync(HttpMethod.Get, $"/api/statements/viewer.csv?{ThisMonth}");
        var rows = (await response.Content.ReadAsStringAsync()).Split("\r\n");

        Assert.Equal("text/csv", response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("statement-coins-", response.Content.Headers.ContentDisposition!.FileName!.Trim('"'), StringComparison.Ordinal);
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal(1 + 1 + 1 + StatementDesk.LinesMax + 20 + 1 + 1, rows.Length);
        Assert.Equal("", rows[^1]);
        Assert.Contains(",opening,,0,coins", rows[1], StringComparison.Ordinal);
        Assert.Contains(",topUp,10000,10000,coins", rows[2], StringComparison.Ordinal);
        Assert.Contains($",closing,,{10_000 - (2 * (StatementDesk.LinesMax + 20))},coins", rows[^2], StringComparison.Ordinal);
        Assert.All(rows[..^1], row => Assert.Equal(rows[0].Count(letter => letter == ','), row.Count(letter => letter == ',')));
    }

    [Theory]
    [InlineData("Ana", "\"Ana\"")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("=1+1", "\"'=1+1\"")]
    [InlineData("+1", "\"'+1\"")]
    [InlineData("-1", "\"'-1\"")]
    [InlineData("@SUM(A1)", "\"'@SUM(A1)\"")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("  =1", "\"'  =1\"")]
    [InlineData("＝1", "\"'＝1\"")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void TextInAFile_IsNeverAFormulaAndNeverEndsItsField(string? text, string field) =>
        Assert.Equal(field, Csv.Text(new StringBuilder(), text).ToString());

    [Fact]
    public void Money_IsWrittenWithItsCents()
    {
        var row = new StringBuilder();
        Csv.Balance(row, DateTimeOffset.UnixEpoch, "opening", -1_205, LedgerUnit.UsdCents);

        Assert.Equal("1970-01-01T00:00:00.000000Z,opening,,-12.05,USD,,,,,,,,,\r\n", row.ToString());
    }

    [Fact]
    public async Task OpenApiDocument_KnowsStatementsAndTheirFiles()
    {
        using var guest = _server.NewVisitor();
        using var response = await guest.SendAsync(HttpMethod.Get, "/api/openapi.json");
        var paths = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("paths");

        var file = paths.GetProperty("/api/statements/viewer.csv").GetProperty("get").GetProperty("responses");
        Assert.True(file.GetProperty("200").GetProperty("content").TryGetProperty("text/csv", out _));
        Assert.True(file.TryGetProperty("422", out _));
        foreach (var path in (string[])["statements/viewer", "statements/streamer", "statements/streamer.csv", "earnings", "earnings/days", "earnings/lines"])
        {
            Assert.True(paths.TryGetProperty($"/api/{path}", out _), path);
        }
    }

    private async Task TopUpAsync(string accountId, long coins) => Assert.Equal(LedgerOutcome.Moved, (await Ledger.Post(new LedgerEntry(
        Guid.CreateVersion7(), 1, LedgerEntryKind.TopUp, LedgerAccount.Clearing(LedgerUnit.Coins),
        [new LedgerLeg(LedgerAccount.Coins(accountId), coins)], Rate: 0, Reference: "topup:test"))).Outcome);

    private Task GiveAsync(Visitor sender, string streamerId, long coins) => GiveAsync(sender, LedgerAccount.Earnings(streamerId), coins);

    private Task GiveAsync(Visitor sender, LedgerAccount earns, long coins) =>
        GiveAsync(sender, [new(earns, coins / 2), new(LedgerAccount.Fee(LedgerUnit.Coins), coins - (coins / 2))]);

    private async Task GiveAsync(Visitor sender, IReadOnlyList<LedgerLeg> legs) => Assert.Equal(LedgerOutcome.Moved, (await Ledger.Post(new LedgerEntry(
        Guid.CreateVersion7(), 1, LedgerEntryKind.Gift, LedgerAccount.Coins(sender.Id), legs,
        Rate: 1, new GiftMemo("noroom", new Person(sender.Id, sender.Name), "rose", 1)))).Outcome);
}
