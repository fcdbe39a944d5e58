using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;

namespace LiveCommerce.Gateway.Tests.MessagePack;

/// <summary>Whatever a hub can have, beyond what the room's has.</summary>
[SuppressMessage("Performance", "CA1822", Justification = "SignalR calls instance methods only.")]
internal sealed class EverythingHub : Hub
{
    // Of the one client there is.
    private static readonly TaskCompletionSource Cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Number(long number) => number;

    public string Text(string text) => text;

    public IReadOnlyList<int> List(IReadOnlyList<int> list) => list;

    public DateTimeOffset Time(DateTimeOffset time) => time;

    public void Nothing()
    {
    }

    public void Fail() => throw new HubException("It fails on purpose.");

    public Task Tell(int number) => Clients.Caller.SendAsync("told", number);

    public async IAsyncEnumerable<int> Count(int to, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var registration = cancellation.Register(() => Cancelled.TrySetResult());
        for (var number = 0; number < to; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return number;
            await Task.Yield();
        }
    }

    public async IAsyncEnumerable<int> CountAndFail()
    {
        yield return 1;
        await Task.Yield();
        throw new HubException("It fails on purpose.");
    }

    public async Task<string> WaitForCancellation()
    {
        await Cancelled.Task;
        return "cancelled";
    }

    public async Task<int> Sum(IAsyncEnumerable<int> numbers)
    {
        var sum = 0;
        await foreach (var number in numbers) { sum += number; }
        return sum;
    }

    public Task<int> Ask(int number) => Clients.Caller.InvokeAsync<int>("question", number, Context.ConnectionAborted);
}
