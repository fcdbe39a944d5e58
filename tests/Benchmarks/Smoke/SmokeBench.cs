namespace LiveCommerce.Benchmarks.Smoke;

/// <summary>What a person feels: how soon the product is there, shows a moving picture, and carries a gift and a word to another screen.</summary>
internal static class SmokeBench
{
    private const int Starts = 5;
    private const int Pictures = 5;
    private const int Gifts = 9;
    private const int Words = 9;
    private const int WireGifts = 40;
    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(Figures figures)
    {
        await MeasureStartsAsync(figures);

        await using var product = await ServerProcess.StartProductAsync();
        await product.WhenReadyAsync();
        await using var audience = await Audience.StartAsync(product);
        Say("Going live with the browser's camera …");
        await audience.GoLiveAsync();

        Say($"Opening the room, {Pictures} times …");
        figures.Add("first_picture_s", await RepeatAsync(Pictures, audience.OpenUntilMovingAsync), "s", goal: 6);

        await audience.TakeSeatsAsync();
        Say($"Sending {Gifts} gifts and {Words} messages from page to page …");
        figures.Add("gift_ms", await RepeatAsync(Gifts, audience.GiftToAnimationAsync), "ms", goal: 200);
        figures.Add("chat_ms", await RepeatAsync(Words, audience.WordToScreenAsync), "ms", goal: 200);

        Say($"Sending {WireGifts} gifts over the bare wire, beside a bare hub's echo …");
        await MeasureWireAsync(figures, product, audience.RoomId);
    }

    private static async Task MeasureStartsAsync(Figures figures)
    {
        List<double> ours = [], bare = [], ourMegabytes = [], bareMegabytes = [];
        for (var round = 1; round <= Starts; round++)
        {
            // Side by side, so that a busy machine is busy for both; the second start has the first server beside it, so they take turns.
            Say($"Starting the product and a bare server, {round} of {Starts} …");
            var early = round % 2 == 0 ? await ServerProcess.StartBareAsync() : null;
            await using var product = await ServerProcess.StartProductAsync();
            await using var server = early ?? await ServerProcess.StartBareAsync();
            ours.Add(product.StartSeconds);
            bare.Add(server.StartSeconds);
            await Task.Delay(IdleFor, TimeProvider.System);
            ourMegabytes.Add(product.ResidentMegabytes());
            bareMegabytes.Add(server.ResidentMegabytes());
        }

        figures.Add("start.vs_bare", [.. ours.Zip(bare, (left, right) => left / right)], "ratio");
        figures.Add("idle.vs_bare", [.. ourMegabytes.Zip(bareMegabytes, (left, right) => left / right)], "ratio");
        figures.Add("start_s", ours, "s", goal: 5);
        figures.Add("start.bare_s", bare, "s");
        figures.Add("idle_mb", ourMegabytes, "MB", goal: 300);
        figures.Add("idle.bare_mb", bareMegabytes, "MB");
    }

    private static async Task MeasureWireAsync(Figures figures, ServerProcess product, string roomId)
    {
        await using var server = await ServerProcess.StartBareAsync();
        await using var gifts = await GiftWire.OpenAsync(product.Address, roomId);
        await using var echoes = await GiftWire.OpenAsync(server.Address, roomId: null);
        List<double> ours = [], bare = [];
        for (var round = 0; round < WireGifts; round++)
        {
            bare.Add(await echoes.SendAsync());
            ours.Add(await gifts.SendAsync());
        }

        figures.Add("gift_wire.vs_echo", [Figures.Median(ours) / Figures.Median(bare)], "ratio");
        figures.Add("gift_wire_ms", ours, "ms");
        figures.Add("gift_wire.echo_ms", bare, "ms");
    }

    private static async Task<List<double>> RepeatAsync(int rounds, Func<Task<double>> measure)
    {
        // The first is thrown away: code is compiled while it runs for the first time.
        await measure();
        var values = new List<double>(rounds);
        for (var round = 0; round < rounds; round++) { values.Add(await measure()); }
        return values;
    }

    private static void Say(string sentence) => Console.WriteLine(sentence);
}
