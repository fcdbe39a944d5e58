using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>What money does, as the people see it whose money it is: the payer, the streamer, and who looks after the platform's.</summary>
public sealed class MoneyStoryTests : IAsyncLifetime
{
    /// <summary>What waits for something that the sandbox takes its time for, in milliseconds: balances that become available, payouts.</summary>
    private const int ProviderPatienceMs = 180_000;

    private const string HoldingDays = "LIVECOMMERCE__Ledger__GiftHoldingDays";

    /// <summary>A payout above 25 dollars needs an operator; nothing is too young to be compared.</summary>
    private readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal)
    {
        [HoldingDays] = "7",
        ["LIVECOMMERCE__Ledger__MaturityEverySeconds"] = "1",
        ["LIVECOMMERCE__Payouts__SecondApproverAboveMinor"] = "2500",
        ["LIVECOMMERCE__Reconciliation__GraceSeconds"] = "0",

        // The story is about money: the machine's cores are for its browsers.
        ["LIVECOMMERCE__Video__LowerRungsMax"] = "0",
    };

    private readonly List<Visitor> _visitors = [];
    private ProductProcess _product = null!;
    private Browsers _browsers = null!;

    public async ValueTask InitializeAsync()
    {
        _product = await ProductProcess.StartAsync(_settings);
        _browsers = await Browsers.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _browsers.DisposeAsync();
        await _product.DisposeAsync();
    }

    [Fact]
    public Task Viewer_SavesCards_TopsUp_KeepsToTheirOwnLimit_ReadsStatements_AndGetsAnUntouchedTopUpBack() => Tell("wallet", async () =>
    {
        var room = await GoLive(await Visit("streamer"));
        var viewer = await Visit("viewer");
        await viewer.Open("/wallet");
        await SaveCard(viewer, "pays at once");
        await Expect(viewer.Find("card")).ToHaveCountAsync(1);
        await SaveCard(viewer, "3-D Secure", asks: true);
        await Expect(viewer.Find("card")).ToHaveCountAsync(2);

        await TopUp(viewer, "ending in 4242", coins: 500);
        await TopUp(viewer, "ending in 3184", coins: 300, asks: true);
        await Expect(viewer.Find("balance").First).ToContainTextAsync("800");

        await viewer.Find("own-limits").ClickAsync();
        await viewer.Page.GetByLabel("Coins a day").FillAsync("100");
        await viewer.Find("own-limits-save").ClickAsync();
        await viewer.Sees("Your limits are saved.");
        await Expect(viewer.Find("limit-meter").First).ToContainTextAsync("0 of 100 given, your own limit");

        await viewer.Open($"/room/{room}");
        await viewer.Find("gift-open").ClickAsync();
        await Give(viewer, "coffee");
        await Expect(viewer.Page.Locator(".gift-balance")).ToContainTextAsync("780");
        await Give(viewer, "crown");
        await viewer.Sees("You set this limit yourself.");
        await viewer.PhotographBoth("money-own-limit");
        await Expect(viewer.Page.Locator(".gift-balance")).ToContainTextAsync("780");

        await viewer.Open("/wallet");
        await Expect(viewer.Find("limit-meter").First).ToContainTextAsync("20 of 100 given");
        await viewer.PhotographBoth("money-wallet");
        await StatementAndItsFileAgree(viewer, lines: 3, closing: 780);

        await viewer.Open("/wallet");
        await viewer.Find("top-up-open").First.ClickAsync();
        await viewer.Find("refund-ask").ClickAsync();
        await viewer.PhotographBoth("money-refund");
        await viewer.Find("refund-yes").ClickAsync();
        await Expect(viewer.Find("return")).ToHaveAttributeAsync("data-state", "returned");
        await viewer.PhotographBoth("money-refunded");
        await viewer.Page.Keyboard.PressAsync("Escape");
        await Expect(viewer.Find("balance").First).ToContainTextAsync("480");
        await StatementAndItsFileAgree(viewer, lines: 4, closing: 480);
    });

    [Fact]
    public Task CardGift_IsShownOncePaid_ItsEarningsArePaidOut_AndOperatorsSeeThatAllOfItAgrees() => Tell("desk", async () =>
    {
        var streamer = await Visit("streamer");
        var room = await GoLive(streamer);
        var viewer = await Visit("viewer");
        await CardGiftIsAnimatedOnceItIsPaid(viewer, streamer, room);

        await StreamerIsPaidOut(streamer);
        var desk = await Visit("operator");
        await OperatorLetsALargePayoutGo(desk, streamer);
        await OperatorAnswersADispute(desk, viewer);
        await OperatorReconciles(desk);
        await OperatorFreezesAndThaws(desk);
        await CorrectionWaitsForASecondOperator(desk);

        await streamer.Open("/agency");
        await Expect(streamer.Find("agency-name")).ToBeVisibleAsync();
        await streamer.PhotographBoth("money-agency");
        await streamer.Open("/rates");
        await Expect(streamer.Find("rate-now")).ToHaveTextAsync("50%");
        await streamer.PhotographBoth("money-rates");
    });

    private async Task CardGiftIsAnimatedOnceItIsPaid(Visitor viewer, Visitor streamer, string room)
    {
        var guest = await _browsers.VisitorAsync(_product.Address, "guest", dark: true);
        _visitors.Add(guest);
        await guest.Open($"/room/{room}");
        await guest.WatchesAMovingPicture();
        await guest.Page.EvaluateAsync(
            """
            () => {
              window.shown = 0;
              new MutationObserver((changes) => {
                for (const { addedNodes } of changes)
                  for (const node of addedNodes)
                    if (node instanceof Element && node.matches('[data-testid=gift-show]')) window.shown++;
              }).observe(document.body, { childList: true, subtree: true });
            }
            """);

        await viewer.Open($"/room/{room}");
        await viewer.Find("gift-open").ClickAsync();
        await viewer.Page.Locator("[data-gift-id=castle]").ClickAsync();
        await viewer.Find("gift-card").ClickAsync();
        var sheet = viewer.Page.GetByRole(AriaRole.Dialog);
        await Choose(sheet, "3-D Secure");
        await viewer.PhotographBoth("money-card-gift");
        await sheet.GetByTestId("pay").ClickAsync();
        await Expect(viewer.Find("card-gift-state")).ToHaveAttributeAsync("data-state", "requiresAction");
        await Expect(streamer.Find("card-gift")).ToHaveAttributeAsync("data-state", "requiresAction");
        await viewer.PhotographBoth("money-card-gift-pending");
        await streamer.PhotographBoth("money-studio-card-gift-pending");
        Assert.Equal(0, await guest.Page.EvaluateAsync<int>("() => window.shown"));

        // It is shown for some seconds only: who looks for it looks before it begins.
        var shown = Expect(guest.Find("gift-show")).ToContainTextAsync("Castle");
        await Approve(viewer);
        await shown;
        await guest.Photograph("money-card-gift-shown");
        await Expect(viewer.Find("card-gift-state")).ToHaveAttributeAsync("data-state", new Regex("settled|matured"));
        await Expect(streamer.Find("card-gift")).ToHaveAttributeAsync("data-state", new Regex("settled|matured"));
        await Expect(guest.Find("gift-show")).ToHaveCountAsync(0);
        Assert.Equal(1, await guest.Page.EvaluateAsync<int>("() => window.shown"));
    }

    private async Task StreamerIsPaidOut(Visitor streamer)
    {
        await streamer.Open("/studio/earnings");
        await Expect(streamer.Find("gifts-pending")).ToContainTextAsync("4,999");
        await Expect(streamer.Find("gifts-available")).ToContainTextAsync("0 coins");
        await Expect(streamer.Page.GetByText("Gifts wait 7 days")).ToBeVisibleAsync();

        // Nobody waits a week here: the operator shortens the time, which holds for what has been earned too.
        await _product.KillAsync();
        _settings[HoldingDays] = "0";
        await _product.StartAgainAsync();
        await RepeatUntilSeen(() => streamer.Open("/studio/earnings"), streamer.Find("gifts-available").Filter(new() { HasText = "4,999" }));
        await Expect(streamer.Find("gifts-pending")).ToContainTextAsync("0 coins");
        await Expect(streamer.Find("earnings-chart")).ToBeVisibleAsync();
        await Expect(streamer.Find("income-line")).ToContainTextAsync("Castle");
        await streamer.PhotographBoth("money-earnings");

        await streamer.Page.GetByLabel("E-mail").FillAsync("streamer@example.com");
        await streamer.Page.GetByLabel("Country you live in").SelectOptionAsync("DE");
        await streamer.Find("onboard").ClickAsync();
        await streamer.Page.GetByRole(AriaRole.Button, new() { Name = "Finish" }).ClickAsync();
        await Expect(streamer.Find("payout-account-state")).ToHaveTextAsync("Ready");

        await streamer.Find("payout-coins").FillAsync("2000");
        await Expect(streamer.Find("payout-sum")).ToContainTextAsync("$20.00");
        await streamer.PhotographBoth("money-withdraw");
        await streamer.Find("withdraw").ClickAsync();
        await Expect(streamer.Find("payout").First).ToContainTextAsync(new Regex("On its way to your bank|Paid"), new() { Timeout = ProviderPatienceMs });
        await Expect(streamer.Find("gifts-available")).ToContainTextAsync("2,999");

        await streamer.Find("payout-coins").FillAsync("2999");
        await streamer.Find("withdraw").ClickAsync();
        await Expect(streamer.Find("payout").First).ToContainTextAsync("Waiting for approval");
    }

    private static async Task OperatorLetsALargePayoutGo(Visitor desk, Visitor streamer)
    {
        await desk.Open("/operator/payouts");
        await Expect(desk.Find("waiting-payout")).ToContainTextAsync("$29.99 to streamer");
        await desk.PhotographBoth("money-operator-payouts");
        await desk.Find("waiting-payout").GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Approve") }).ClickAsync();
        await desk.Sees("No payout waits for approval.");
        await Expect(streamer.Find("payout").First).ToContainTextAsync(new Regex("On its way to your bank|Paid"), new() { Timeout = ProviderPatienceMs });
        await Expect(streamer.Find("payout").Last).ToContainTextAsync("Your bank has it.", new() { Timeout = ProviderPatienceMs });
        await streamer.PhotographBoth("money-paid-out");
    }

    private static async Task OperatorAnswersADispute(Visitor desk, Visitor viewer)
    {
        await viewer.Open("/wallet");
        await TopUp(viewer, "disputes it as fraud", coins: 400);

        await desk.Open("/operator");
        await RepeatUntilSeen(() => Press(desk, "Refresh"), desk.Find("dispute"));
        await Expect(desk.Find("dispute")).ToContainTextAsync("Needs an answer");
        await desk.PhotographBoth("money-operator-disputes");
        await desk.Find("dispute").GetByRole(AriaRole.Button).ClickAsync();
        var sheet = desk.Page.GetByRole(AriaRole.Dialog);
        await sheet.GetByLabel("What was bought").FillAsync("400 coins, credited at once.");
        await sheet.GetByLabel("Customer’s name").FillAsync("viewer");
        await desk.PhotographBoth("money-operator-dispute");
        await sheet.GetByRole(AriaRole.Button, new() { Name = "Send to the bank" }).ClickAsync();
        await desk.Sees("Evidence was sent; the bank decides.");
        await desk.PhotographBoth("money-operator-dispute-answered");
        await desk.Page.Keyboard.PressAsync("Escape");
    }

    private static async Task OperatorReconciles(Visitor desk)
    {
        await desk.Open("/operator/reconciliation");
        await RepeatUntilSeen(() => Press(desk, "Run now"), desk.Page.GetByText("Every movement of money stands on both sides."));
        await desk.PhotographBoth("money-operator-reconciliation");
    }

    private static async Task OperatorFreezesAndThaws(Visitor desk)
    {
        await desk.Open("/operator/people");
        await desk.Page.GetByLabel("Name of the account").FillAsync("streamer");
        await desk.Page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await desk.Page.GetByLabel("Why it is frozen").FillAsync("Looks like somebody else.");
        await desk.Find("freeze").ClickAsync();
        await Expect(desk.Find("freeze")).ToHaveTextAsync("Thaw");
        await desk.PhotographBoth("money-operator-people");
        await desk.Page.GetByLabel("Why it is free again").FillAsync("It was the streamer.");
        await desk.Find("freeze").ClickAsync();
        await Expect(desk.Find("freeze")).ToHaveTextAsync("Freeze everything");
    }

    private static async Task CorrectionWaitsForASecondOperator(Visitor desk)
    {
        await desk.Open("/operator/refunds");
        await desk.Sees("Nothing was refunded.");
        await desk.PhotographBoth("money-operator-refunds");

        await desk.Open("/operator/corrections");
        await desk.Page.GetByLabel("Whose accounts").FillAsync("viewer");
        await desk.Page.GetByLabel("Coins", new() { Exact = true }).FillAsync("10");
        await desk.Page.GetByLabel("Reason").FillAsync("A gift that was never shown.");
        await desk.Page.GetByRole(AriaRole.Button, new() { Name = "Propose" }).ClickAsync();
        await Expect(desk.Find("correction")).ToContainTextAsync("Waits for a second operator");
        await desk.PhotographBoth("money-operator-corrections");
        await desk.Find("correction").GetByRole(AriaRole.Button, new() { Name = "Withdraw" }).ClickAsync();
        await Expect(desk.Find("correction")).ToContainTextAsync("Declined");
    }

    private static async Task<string> GoLive(Visitor streamer)
    {
        await streamer.Open("/studio");
        await streamer.Find("room-title").FillAsync("Hats by the harbour");
        await streamer.Find("room-save").ClickAsync();
        await streamer.Find("studio-room").GetByRole(AriaRole.Link, new() { Name = "Open" }).ClickAsync();
        await streamer.Find("go-live").ClickAsync();
        await Expect(streamer.Find("publish-state")).ToHaveAttributeAsync("data-phase", "live");
        return streamer.Page.Url.Split('/')[^1];
    }

    private static async Task SaveCard(Visitor viewer, string card, bool asks = false)
    {
        await viewer.Find("card-add").ClickAsync();
        var dialog = viewer.Page.GetByRole(AriaRole.Dialog);
        await Choose(dialog, card);
        await dialog.GetByTestId("card-save").ClickAsync();
        if (asks) { await Approve(viewer); }
        await Expect(dialog).ToHaveCountAsync(0);
    }

    private static async Task TopUp(Visitor viewer, string card, int coins, bool asks = false)
    {
        var main = viewer.Page.GetByRole(AriaRole.Main);
        await Choose(main, "Exact amount");
        await main.GetByLabel("Coins", new() { Exact = true }).FillAsync(coins.ToString(CultureInfo.InvariantCulture));
        await Choose(main, card);
        await viewer.Find("pay").ClickAsync();
        if (asks) { await Approve(viewer); }
        await viewer.Sees($"{coins} coins added.");
    }

    /// <summary>As an impatient person does it. What is wanted has come by then, or the expectation says what is there instead.</summary>
    private static async Task RepeatUntilSeen(Func<Task> act, ILocator wanted)
    {
        // Each time for longer: on a busy machine what was asked for takes more than a moment to come.
        for (var patienceMs = 3_000; patienceMs < Browsers.PatienceMs / 2; patienceMs += 3_000)
        {
            await act();
            try
            {
                await wanted.WaitForAsync(new() { Timeout = patienceMs });
                return;
            }
            catch (TimeoutException)
            {
                // Not yet: once more.
            }
        }

        await Expect(wanted).ToBeVisibleAsync();
    }

    private static Task Press(Visitor visitor, string button) => visitor.Page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();

    private static Task Choose(ILocator place, string choice) =>
        place.GetByRole(AriaRole.Radio, new() { NameRegex = new Regex(Regex.Escape(choice), RegexOptions.IgnoreCase) }).First.CheckAsync();

    private static Task Approve(Visitor viewer) => viewer.Page.FrameLocator("[data-testid=bank-frame]")
        .GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();

    private static async Task Give(Visitor viewer, string gift)
    {
        await viewer.Page.Locator($"[data-gift-id={gift}]").First.ClickAsync();
        await viewer.Find("gift-send").ClickAsync();
    }

    /// <summary>The page and the file say the same, and what moved leads from the opening to the closing balance.</summary>
    private static async Task StatementAndItsFileAgree(Visitor viewer, int lines, long closing)
    {
        await viewer.Open("/statements?of=coins");
        await Expect(viewer.Find("statement-line")).ToHaveCountAsync(lines);
        await Expect(viewer.Find("statement-closing")).ToContainTextAsync($"{closing} coins");
        await viewer.PhotographBoth("money-statement");

        var download = await viewer.Page.RunAndWaitForDownloadAsync(() => viewer.Find("statement-file").ClickAsync());
        var rows = (await File.ReadAllLinesAsync((await download.PathAsync())!)).Skip(1).Select(row => row.Split(',')).ToArray();
        var (first, last, moves) = (rows[0], rows[^1], rows[1..^1]);
        Assert.Equal(("opening", "closing"), (first[1], last[1]));
        Assert.Equal(lines, moves.Length);
        Assert.Equal(closing, Number(last[3]));
        Assert.Equal(closing, Number(first[3]) + moves.Sum(move => Number(move[2])));

        static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
    }

    private async Task<Visitor> Visit(string name)
    {
        var visitor = await _browsers.VisitorAsync(_product.Address, name);
        _visitors.Add(visitor);
        await visitor.SignIn(name, _product.Passwords[name]);
        return visitor;
    }

    /// <summary>Runs a story; afterwards the ledger is whole and no page has had an error.</summary>
    private async Task Tell(string name, Func<Task> story)
    {
        try
        {
            await story();
            var (exitCode, output) = await _product.RunAsync("verify");
            Assert.Equal(0, exitCode);
            Assert.Contains("0 defects", output, StringComparison.Ordinal);
        }
        catch
        {
            await Task.WhenAll(_visitors.Select(visitor => visitor.Photograph($"failed-money-{name}-{visitor.Name}")));
            await File.WriteAllLinesAsync(Path.Combine(Checkout.Screenshots, $"failed-money-{name}-server.log"), _product.Output);
            throw;
        }

        Assert.Empty(_visitors.SelectMany(visitor => visitor.Problems));
        Assert.Equal(0, await _product.StopAsync());
    }
}
