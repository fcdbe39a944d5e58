using System.Diagnostics.CodeAnalysis;
using LiveCommerce.Actors;

namespace LiveCommerce.Silo.Payments;

/// <summary>
/// Serialises the decisions of a reentrant payment grain, while its calls to the provider run beside them: a webhook is taken in
/// although the answer that it overtook is still awaited.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing to dispose.")]
internal sealed class PaymentTurn
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private bool _broken;

    /// <summary>Waits for the turn; dispose the answer to end it.</summary>
    public async ValueTask<Ticket> EnterAsync()
    {
        await _one.WaitAsync();
        if (!_broken) { return new Ticket(this); }
        _one.Release();

        // The activation is on its way out: the repeated call finds one that has read what is true.
        throw new InconsistentStateException("An earlier write of this grain failed and its memory is not to be trusted. Call again.");
    }

    /// <summary>Runs a write of the state. When it fails, memory and store may differ: no later turn of this activation decides anything.</summary>
    public async Task WriteAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch
        {
            _broken = true;
            throw;
        }
    }

    /// <summary>Waits for the first of some tasks and for its failure, at most so long; later the tasks go on without the caller.</summary>
    public static async Task WaitAsync(Task<Task> first, TimeSpan atMost, TimeProvider time)
    {
        try
        {
            await first.WaitAsync(atMost, time);
        }
        catch (TimeoutException)
        {
            return;
        }

        await await first;
    }

    /// <summary>One turn.</summary>
    public readonly struct Ticket(PaymentTurn turn) : IDisposable
    {
        public void Dispose() => turn._one.Release();
    }
}
