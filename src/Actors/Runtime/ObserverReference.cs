using System.Reflection;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Runtime;

/// <summary>
/// A reference to something outside the grains. Calls wait in a bounded queue and are made one after the other, in order,
/// away from the grain that sends; nobody waits for them, and a full queue drops the newest.
/// </summary>
internal partial class ObserverReference : DispatchProxy, IThreadPoolWorkItem
{
    private static readonly object DoneValue = ValueTask.CompletedTask;

    private readonly Queue<(GrainMethod Method, object?[] Arguments)> _waiting = new();
    private readonly Lock _gate = new();
    private GrainInterface? _interface;
    private object? _observer;
    private ILogger? _logger;
    private int _waitingMax;
    private int _dropped;
    private bool _delivering;

    public static TObserver Create<TObserver>(TObserver observer, int waitingMax, ILogger logger)
        where TObserver : class
    {
        var table = GrainInterface.Of<TObserver>();
        if (table.Methods.FirstOrDefault(method => method is not VoidMethod) is { } result)
        {
            throw new InvalidOperationException($"{result} has a result, and nobody waits for observers; let it return ValueTask.");
        }

        var proxy = Create<TObserver, ObserverReference>();
        var reference = (ObserverReference)(object)proxy;
        reference._interface = table;
        reference._observer = observer;
        reference._logger = logger;
        reference._waitingMax = waitingMax;
        return proxy;
    }

    void IThreadPoolWorkItem.Execute() => _ = Deliver();

    public GrainInterface Interface => _interface!;

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Post(_interface![targetMethod!], args ?? []);
        return targetMethod!.ReturnType.IsValueType ? DoneValue : Task.CompletedTask;
    }

    /// <summary>Queues a call, of a grain of this process or of another.</summary>
    public void Post(GrainMethod method, object?[] arguments)
    {
        lock (_gate)
        {
            if (_waiting.Count >= _waitingMax)
            {
                _dropped++;
            }
            else
            {
                _waiting.Enqueue((method, arguments));
                if (!_delivering)
                {
                    _delivering = true;
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                }
            }
        }
    }

    private async Task Deliver()
    {
        while (true)
        {
            (GrainMethod Method, object?[] Arguments) next;
            int dropped;
            lock (_gate)
            {
                dropped = _dropped;
                _dropped = 0;
                if (!_waiting.TryDequeue(out next))
                {
                    _delivering = false;
                    return;
                }
            }

            if (dropped > 0) { Log.Dropped(_logger!, dropped, _interface!.Type.Name); }
            try
            {
                await ((VoidMethod)next.Method).Invoke(_observer!, next.Arguments);
            }
            catch (Exception exception)
            {
                Log.Failed(_logger!, exception, next.Method);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1020, Level = LogLevel.Error, Message = "The observer's {Method} failed")]
        public static partial void Failed(ILogger logger, Exception exception, GrainMethod method);

        [LoggerMessage(EventId = 1021, Level = LogLevel.Warning, Message = "{Count} calls of a slow {Observer} were dropped because its queue is full")]
        public static partial void Dropped(ILogger logger, int count, string observer);
    }
}
