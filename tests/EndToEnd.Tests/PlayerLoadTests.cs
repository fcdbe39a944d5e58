using System.Globalization;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.EndToEnd.Tests.Wire;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>
/// A room page while many write and give: it stays within its bounds, loses no coin on the way to the screen, and leaves the reader
/// in peace. How smooth it is, <c>./dev bench player</c> measures.
/// </summary>
public sealed class PlayerLoadTests : IAsyncLifetime
{
    private const int Senders = 12;
    private const int GiftsEach = 20;
    private const int WordsEach = 5;
    private const int AfterWords = 2;

    // The player's own bounds, by their names there: bannersMax, rowsMax, feedMax.
    private const int BannersMax = 3;
    private const int RowsMax = 80;
    private const int FeedMax = 600;

    /// <summary>Everything of the page: the frame, the bounded lists, the stage.</summary>
    private const int NodesMax = 1_500;

    /// <summary>Looks at every change of the page and keeps the most that it saw.</summary>
    private const string KeepTheMost =
        """
        () => {
          const most = (window.most = { banners: 0, shows: 0, rows: 0, nodes: 0 });
          const count = (selector) => document.querySelectorAll(selector).length;
          const look = () => {
            most.banners = Math.max(most.banners, count('[data-testid=gift-banner]'));
            most.shows = Math.max(most.shows, count('[data-testid=gift-show]'));
            most.rows = Math.max(most.rows, count('[data-testid=chat-list] li'));
            most.nodes = Math.max(most.nodes, count('*'));
          };
          new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
          look();
        }
        """;

    private Stage _stage = null!;
    private Browsers _browsers = null!;
    private ApiClient[] _senders = [];

    public async ValueTask InitializeAsync()
    {
        _stage = await Stage.StartAsync();
        await _stage.GoLiveAsync();
        _browsers = await Browsers.StartAsync();
        _senders = await Task.WhenAll(Enumerable.Range(0, Senders).Select(number => _stage.RegisterAsync($"sender {number}")));
    }

    public async ValueTask DisposeAsync()
    {
        await _browsers.DisposeAsync();
        await _stage.DisposeAsync();
    }

    [Fact]
    public async Task HotRoom_KeepsThePageWithinItsBounds_AndTellsEveryCoin()
    {
        var gifts = (await _stage.Streamer.GetAsync<GiftList>("/api/gifts")).Gifts;
        await Task.WhenAll(_senders.Select(sender => sender.TopUpAsync(30_000)));
        var guest = await InTheRoom(phone: false);
        await guest.Page.EvaluateAsync(KeepTheMost);

        var given = await Task.WhenAll(_senders.Select(async (sender, number) =>
        {
            await using var hub = await HubClient.ConnectAsync(_stage.Product.Address, sender.Cookie);
            await hub.JoinAsync(_stage.RoomId);
            var (coins, shown) = (0L, 0);
            for (var turn = 0; turn < GiftsEach; turn++)
            {
                if (turn < WordsEach && await SayAsync(hub, $"word {turn} of sender {number}")) { shown++; }

                // Small ones in combos of two, and now and then one that takes the whole stage.
                var gift = turn == 7 && number % 3 == 0 ? gifts.First(one => one.Tier == 4) : gifts[(turn / 2 + number) % 4];
                coins += (await sender.GiveAsync(_stage.RoomId, gift, Guid.CreateVersion7(), quantity: gift.Tier == 4 ? 1 : 1 + (turn % 3))).Coins;
            }

            return (Coins: coins, Shown: shown);
        }));

        await guest.Page.WaitForFunctionAsync(
            """
            (coins) => {
              const { told, untold, waiting } = document.querySelector('[data-testid=gift-stage]').dataset;
              return Number(told) + Number(untold) + Number(waiting) === coins;
            }
            """,
            given.Sum(one => one.Coins));
        var most = await guest.Page.EvaluateAsync<Most>("() => window.most");
        Assert.InRange(most.Banners, 1, BannersMax);
        Assert.InRange(most.Shows, 1, 1);
        Assert.InRange(most.Rows, 10, RowsMax + 2);
        Assert.InRange(most.Nodes, 1, NodesMax);

        // What was said lies before the last gifts, and is shown when the page has the time.
        await guest.Page.WaitForFunctionAsync(
            "(shown) => Number(document.querySelector('[data-testid=chat-list]').dataset.kept) >= shown", given.Sum(one => one.Shown));
        var kept = int.Parse((await guest.Find("chat-list").GetAttributeAsync("data-kept"))!, CultureInfo.InvariantCulture);
        Assert.InRange(kept, given.Sum(one => one.Shown), FeedMax);
        Assert.Empty(guest.Problems);
    }

    [Fact]
    public async Task ReaderWhoScrollsUp_IsLeftInPeace_AndGoesOnByKeyboard()
    {
        var reader = await InTheRoom(phone: true);
        var hubs = await Task.WhenAll(_senders.Select(sender => HubClient.ConnectAsync(_stage.Product.Address, sender.Cookie)));
        await Task.WhenAll(hubs.Select(hub => hub.JoinAsync(_stage.RoomId)));

        // A room shows no more than can be read: what the senders were told is shown, the reader sees.
        var shown = 0;
        for (var turn = 0; turn < WordsEach - 1; turn++) { shown += (await SayAllAsync(hubs, $"round {turn}")).Count(one => one); }
        await Expect(reader.Find("chat-list")).ToHaveAttributeAsync("data-kept", shown.ToString(CultureInfo.InvariantCulture));

        await reader.Find("chat-list").HoverAsync();
        await reader.Page.Mouse.WheelAsync(0, -400);
        await Expect(reader.Find("chat-new")).ToBeVisibleAsync();

        // The wheel turns the list in steps, one a frame.
        string[] before = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                var sight = await InSight(reader);
                var rests = sight.SequenceEqual(before);
                before = sight;
                return rests;
            },
            "the list comes to rest");
        var (after, tries) = (0, 0);
        await Eventually.HoldsAsync(
            async () =>
            {
                // Each time somebody else: nobody writes faster than a person may.
                after += await SayAsync(hubs[tries % Senders], $"after {tries++}", mayBeTooFast: true) ? 1 : 0;
                return after == AfterWords;
            },
            "the room shows messages again");
        await Expect(reader.Find("chat-new")).ToHaveAttributeAsync("data-count", AfterWords.ToString(CultureInfo.InvariantCulture));
        await Expect(reader.Find("chat-new")).ToHaveTextAsync($"{AfterWords} new messages");
        Assert.Equal(before, await InSight(reader));

        await reader.Find("chat-list").FocusAsync();
        await reader.Page.Keyboard.PressAsync("Tab");
        await Expect(reader.Find("chat-new")).ToBeFocusedAsync();
        await reader.Page.Keyboard.PressAsync("Enter");
        await Expect(reader.Find("chat-new")).ToHaveCountAsync(0);
        Assert.Contains("after ", (await InSight(reader))[^1], StringComparison.Ordinal);
        foreach (var hub in hubs) { await hub.DisposeAsync(); }
    }

    [Fact]
    public async Task WhoAskedForLessMotion_SeesTheGiftStill_AndIsToldInWords()
    {
        var rocket = (await _stage.Streamer.GetAsync<GiftList>("/api/gifts")).Gifts.First(gift => gift.Tier == 4);
        await _senders[0].TopUpAsync(rocket.Price);
        var viewer = await InTheRoom(phone: true, still: true);
        await viewer.Page.EvaluateAsync(
            """
            () => {
              window.flew = false;
              new MutationObserver(() => { window.flew = true; }).observe(document.querySelector('.particles'), { attributes: true, attributeFilter: ['data-flying'] });
            }
            """);

        // Both are there for some seconds only: they are looked for before there is anything to see.
        var shown = Expect(viewer.Find("gift-show")).ToBeVisibleAsync();
        var told = Expect(viewer.Find("chat-announcer")).ToContainTextAsync($"sender 0 sent {rocket.Name}");
        await _senders[0].GiveAsync(_stage.RoomId, rocket, Guid.CreateVersion7());
        await Task.WhenAll(shown, told);
        await viewer.Find("like").ClickAsync();
        await Expect(viewer.Find("like")).ToHaveAttributeAsync("data-count", "1");
        await Expect(viewer.Find("gift-show")).ToHaveCountAsync(0);
        Assert.False(await viewer.Page.EvaluateAsync<bool>("() => window.flew"));
    }

    private async Task<Visitor> InTheRoom(bool phone, bool still = false)
    {
        var visitor = await _browsers.VisitorAsync(_stage.Product.Address, "guest", phone, dark: phone, still: still);
        await visitor.Open($"/room/{_stage.RoomId}");
        await Expect(visitor.Find("connection-state")).ToHaveAttributeAsync("data-state", "open");
        return visitor;
    }

    private static Task<bool[]> SayAllAsync(IReadOnlyList<HubClient> hubs, string what) =>
        Task.WhenAll(hubs.Select((hub, number) => SayAsync(hub, $"{what} of {number}")));

    /// <summary>Says it; answers whether others see it.</summary>
    private static async Task<bool> SayAsync(HubClient hub, string text, bool mayBeTooFast = false)
    {
        var answer = await hub.CallAsync("Say", new { key = Guid.CreateVersion7(), text });
        if (mayBeTooFast && answer.TryGetProperty("refusal", out var refusal) && refusal.GetProperty("code").GetInt32() == (int)RefusalCode.SlowDown) { return false; }
        Assert.True(answer.TryGetProperty("value", out var receipt), answer.ToString());
        return !receipt.TryGetProperty("shown", out var shown) || shown.GetBoolean();
    }

    /// <summary>The messages that are in sight, from top to bottom.</summary>
    private static async Task<string[]> InSight(Visitor visitor) => await visitor.Page.EvaluateAsync<string[]>(
        """
        () => {
          const list = document.querySelector('[data-testid=chat-list]').getBoundingClientRect();
          const inside = (box) => box.top >= list.top - 1 && box.bottom <= list.bottom + 1;
          return [...document.querySelectorAll('[data-testid=chat-message]')].filter((one) => inside(one.getBoundingClientRect())).map((one) => one.textContent);
        }
        """);

    private sealed record GiftList(IReadOnlyList<GiftItem> Gifts);

    private sealed class Most
    {
        public int Banners { get; set; }

        public int Shows { get; set; }

        public int Rows { get; set; }

        public int Nodes { get; set; }
    }
}
