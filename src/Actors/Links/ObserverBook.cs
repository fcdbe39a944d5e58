using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using LiveCommerce.Actors.Runtime;

namespace LiveCommerce.Actors.Links;

/// <summary>The observers of this process that others may call, by the address that was given to them. Kept alive by their owners, not by this.</summary>
internal sealed class ObserverBook(string process)
{
    /// <summary>Entries below which nobody looks for those whose observer has gone.</summary>
    internal const int PruneFrom = 256;

    private readonly ConditionalWeakTable<object, string> _addresses = [];
    private readonly ConcurrentDictionary<string, WeakReference<object>> _observers = new(StringComparer.Ordinal);
    private int _pruneAt = PruneFrom;

    /// <summary>Entries, those whose observer has gone included until the next look at all of them.</summary>
    public int Count => _observers.Count;

    /// <summary>Where others find it.</summary>
    public LinkCodec.ObserverAddress AddressOf(object observer)
    {
        // Handed on by a third process: its address stays what it was.
        if (observer is RemoteObserver remote) { return remote.Address; }

        var id = _addresses.GetValue(observer, added =>
        {
            var fresh = Guid.CreateVersion7().ToString("N");
            _observers[fresh] = new WeakReference<object>(added);
            return fresh;
        });
        if (_observers.Count >= Volatile.Read(ref _pruneAt)) { Prune(); }
        return new LinkCodec.ObserverAddress(process, id);
    }

    // At twice of what was left the last time: each entry pays for looking at two.
    private void Prune()
    {
        Volatile.Write(ref _pruneAt, int.MaxValue);
        foreach (var entry in _observers)
        {
            if (!entry.Value.TryGetTarget(out _)) { _observers.TryRemove(entry); }
        }

        Volatile.Write(ref _pruneAt, Math.Max(PruneFrom, _observers.Count * 2));
    }

    /// <summary>Null: it is gone, or was never here.</summary>
    public object? Find(string id)
    {
        if (!_observers.TryGetValue(id, out var weak)) { return null; }
        if (weak.TryGetTarget(out var observer)) { return observer; }

        _observers.TryRemove(id, out _);
        return null;
    }
}

/// <summary>An observer that another process holds. Nobody waits for its calls, and those that cannot be sent are dropped.</summary>
internal class RemoteObserver : DispatchProxy
{
    private static readonly object Done = ValueTask.CompletedTask;

    private GrainInterface? _interface;
    private Action<LinkCodec.ObserverAddress, GrainMethod, object?[]>? _send;

    public LinkCodec.ObserverAddress Address { get; private set; } = null!;

    public static object Create(Type type, LinkCodec.ObserverAddress address, Action<LinkCodec.ObserverAddress, GrainMethod, object?[]> send)
    {
        var proxy = DispatchProxy.Create(type, typeof(RemoteObserver));
        var observer = (RemoteObserver)proxy;
        (observer._interface, observer._send, observer.Address) = (Tables.GetOrAdd(type, GrainInterface.Of), send, address);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        _send!(Address, _interface![targetMethod!], args ?? []);
        return targetMethod!.ReturnType.IsValueType ? Done : Task.CompletedTask;
    }

    private static readonly ConcurrentDictionary<Type, GrainInterface> Tables = new();
}
