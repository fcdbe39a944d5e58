using LiveCommerce.Gateway.Http;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// Repeats a command whose outcome is unknown (its owner died or did not answer) with the same key, across owners. The key makes
/// that safe: it moves money once and gets the same receipt.
/// </summary>
internal sealed class MoneyCalls(IOptions<GatewayOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public async Task<T> RepeatAsync<T>(Func<ValueTask<T>> command)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await command();
            }
            catch (Exception exception) when (Failures.IsUnknownOutcome(exception)
                && time.GetElapsedTime(started) < TimeSpan.FromSeconds(options.Value.RetrySeconds))
            {
                await Task.Delay(Pause, time, CancellationToken.None);
            }
        }
    }
}
