using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Runtime;

/// <content>The first and the last turn.</content>
internal sealed partial class Activation
{
    /// <summary>Claims the state, then lets the grain prepare itself.</summary>
    private async Task ActivateAsync()
    {
        // Between the question whose grain it is and this activation, the shard may have been given away: then nobody would end it.
        if (!_directory.IsHere(GrainId))
        {
            Leave(failure: null);
            return;
        }

        using var timeout = new CancellationTokenSource(_directory.Options.LifecycleTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _directory.CutOff);
        try
        {
            _instance = _type.Create(_directory.Services, this, out var states);
            _instance.Context = this;
            foreach (var state in states) { await state.ClaimAsync(either.Token); }
            await _instance.OnActivateAsync(either.Token);
        }
        catch (Exception exception)
        {
            _directory.LogActivationFailure(GrainId, exception);
            await DisposeInstance();
            StopTimers();
            Leave(exception);
            return;
        }

        lock (Gate)
        {
            if (_stage == Stage.Activating) { _stage = Stage.Active; }
            _lastUsed = Time.GetTimestamp();
            Wake();
        }
    }

    private async Task DeactivateAsync()
    {
        var reason = _ending!.Value;
        StopTimers();
        using var timeout = new CancellationTokenSource(_directory.Options.LifecycleTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _directory.CutOff);
        try
        {
            await Instance.OnDeactivateAsync(reason, either.Token);
        }
        catch (Exception exception)
        {
            Log.DeactivationFailed(Logger, exception, GrainId, reason);
        }

        await DisposeInstance();
        Leave(failure: null);
    }

    /// <summary>Gives the place in the directory back. Calls that still wait fail with the activation, or go to the next one.</summary>
    private void Leave(Exception? failure)
    {
        List<GrainCall> calls;
        lock (Gate)
        {
            if (_stage == Stage.Gone) { return; }
            _stage = Stage.Gone;
            _gone?.TrySetResult();
            calls = _mailbox.TakeAllCalls();
        }

        if (failure is null && calls.Count > 0)
        {
            _directory.Replace(this, _type, calls);
            return;
        }

        _directory.Remove(this);
        foreach (var call in calls) { call.Fail(failure!); }
    }

    private async ValueTask DisposeInstance()
    {
        try
        {
            switch (_instance)
            {
                case IAsyncDisposable disposable: await disposable.DisposeAsync(); break;
                case IDisposable disposable: disposable.Dispose(); break;
                default: break;
            }
        }
        catch (Exception exception)
        {
            Log.DisposeFailed(Logger, exception, GrainId);
        }
    }

    /// <summary>The two turns that are no calls. They have no state of their own: each activation runs each of them once.</summary>
    private sealed class LifecycleTurn(bool activate) : Turn
    {
        public static readonly LifecycleTurn Activate = new(activate: true);
        public static readonly LifecycleTurn Deactivate = new(activate: false);

        internal override CallPriority Priority => CallPriority.High;

        internal override bool KeepsAlive => false;

        // Neither task can fail: both catch everything and answer those who wait.
        internal override void Run(Activation activation) =>
            _ = activate ? activation.ActivateAsync() : activation.DeactivateAsync();
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1001, Level = LogLevel.Error, Message = "A timer of {Grain} failed; it goes on")]
        public static partial void TickFailed(ILogger logger, Exception exception, GrainId grain);

        [LoggerMessage(EventId = 1002, Level = LogLevel.Error, Message = "{Grain} failed to deactivate ({Reason})")]
        public static partial void DeactivationFailed(ILogger logger, Exception exception, GrainId grain, DeactivationReason reason);

        [LoggerMessage(EventId = 1003, Level = LogLevel.Error, Message = "{Grain} failed to dispose")]
        public static partial void DisposeFailed(ILogger logger, Exception exception, GrainId grain);

        [LoggerMessage(EventId = 1004, Level = LogLevel.Warning, Message = "{Count} one-way calls of {Grain} were dropped because its mailbox is full")]
        public static partial void OneWayDropped(ILogger logger, int count, GrainId grain);
    }
}
