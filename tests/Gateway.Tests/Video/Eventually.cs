namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Waits for a condition that raises no event.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    public static async Task True(Func<bool> condition) => await Get(() => condition() ? "" : null);

    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(Period);
        while (!await condition()) { await timer.WaitForNextTickAsync(patience.Token); }
    }

    public static async Task<T> Get<T>(Func<T?> find)
        where T : class
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(Period);
        while (true)
        {
            if (find() is { } found) { return found; }
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }
}
