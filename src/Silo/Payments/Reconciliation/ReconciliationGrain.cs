using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments.Reconciliation;

/// <summary>Keeps runs apart: one at a time, for the timer and for operators.</summary>
internal sealed partial class ReconciliationGrain(
    Reconciler reconciler, ReconciliationStore store, IOptions<ReconciliationOptions> options, IOptions<PaymentsOptions> payments,
    ILogger<ReconciliationGrain> logger) : Grain, IReconciliationGrain, IDisposable
{
    /// <summary>Breaks that one answer names.</summary>
    private const int BreaksMax = 200;

    private static readonly Refusal OperatorsOnly = new(RefusalCode.NotAllowed, "Only the platform's operators may do this.");
    private static readonly Refusal NotSetUp = new(RefusalCode.PaymentUnavailable, "Payments are not set up on this server, so there is nothing to compare.");
    private static readonly Refusal Running = new(RefusalCode.ReconciliationRunning, "A reconciliation is running. Look again in a moment.");
    private static readonly Refusal Unavailable = new(
        RefusalCode.ReconciliationUnavailable, "The payment provider's transactions could not be read, so nothing was compared. Try again in a few minutes.");

    private readonly CancellationTokenSource _leaving = new();
    private Task<ReconciliationRun?> _running = Task.FromResult<ReconciliationRun?>(null);

    /// <summary>A run is no turn: without this it would go on beside the end of its grain, and wake others that have ended already.</summary>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _leaving.CancelAsync();
        await ((Task)_running).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public void Dispose() => _leaving.Dispose();

    public async ValueTask<Result<ReconciliationView>> Get(Caller caller) => caller.Role == PlatformRole.Operator ? await ViewAsync() : OperatorsOnly;

    public async ValueTask<Result<ReconciliationView>> Run(Caller caller)
    {
        if (caller.Role != PlatformRole.Operator) { return OperatorsOnly; }
        if (payments.Value.SecretKey.Length == 0) { return NotSetUp; }
        if (!_running.IsCompleted) { return Running; }

        var run = _running = RunAsync();
        await PaymentTurn.WaitAsync(Task.WhenAny((Task)run), TimeSpan.FromSeconds(payments.Value.AnswerWithinSeconds), Time);
        return run.IsCompletedSuccessfully && await run is null ? Unavailable : await ViewAsync();
    }

    public async ValueTask<IReadOnlyList<ReconciliationBreak>> FindBreaks(string name) => await store.FindBreaksAsync(name, BreaksMax);

    public async ValueTask Levelled(ReconciliationBreak levelled) => await store.ForgetBreakAsync(levelled.Kind, levelled.Subject);

    public async ValueTask RunDue()
    {
        if (payments.Value.SecretKey.Length == 0 || !_running.IsCompleted) { return; }
        var last = await store.ReadRunAsync();
        if (last is not null && Time.GetUtcNow() - last.StartedAt < TimeSpan.FromSeconds(options.Value.EverySeconds)) { return; }

        // An operator may have begun while the last run was read.
        if (_running.IsCompleted) { _running = RunAsync(); }
    }

    private async Task<ReconciliationRun?> RunAsync()
    {
        try
        {
            return await reconciler.RunAsync(_leaving.Token);
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
            return null; // what was read is stored; the next run goes on from there
        }
        catch (Exception error)
        {
            Log.Failed(logger, error);
            throw;
        }
    }

    private async Task<ReconciliationView> ViewAsync()
    {
        var run = await store.ReadRunAsync();
        return new ReconciliationView(run, !_running.IsCompleted, await store.CountBreaksAsync(), await store.ReadBreaksAsync(BreaksMax));
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6604, Level = LogLevel.Error, Message = "A reconciliation failed; the next run goes on from where this one came to")]
        public static partial void Failed(ILogger logger, Exception error);
    }
}
