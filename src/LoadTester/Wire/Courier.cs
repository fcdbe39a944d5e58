using System.Collections.Concurrent;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>
/// Tells waiting tasks for a thread that has a table of open files of its own. Who completes a task queues work for the thread pool, which
/// may start a thread there and then, and a new thread lives in the table of the one that starts it: everything that ever ran on it would
/// miss the files of this process and use others by the same numbers. So such a thread leaves that to one of the common table.
/// </summary>
internal sealed class Courier : IDisposable
{
    [ThreadStatic]
    private static Courier? _ofThisThread;

    // Each waiting task is told of once: there are no more of them than calls and connections under way.
    private readonly BlockingCollection<Action> _news = [];
    private readonly Thread _thread;

    /// <summary>Starts its thread: in the table of files of this one.</summary>
    public Courier()
    {
        _thread = new Thread(Deliver) { IsBackground = true, Name = "news of sockets" };
        _thread.Start();
    }

    /// <summary>Completes a task, from a thread that has a courier through that.</summary>
    /// <param name="about">What <paramref name="news"/> is given.</param>
    /// <param name="news">Completes it. Runs no code of whoever waits.</param>
    public static void Tell<T>(T about, Action<T> news)
    {
        if (_ofThisThread is { } courier) { courier._news.Add(() => news(about)); }
        else { news(about); }
    }

    /// <summary>Is this thread's from now on.</summary>
    public void ServeThisThread() => _ofThisThread = this;

    /// <summary>Delivers what it has. After the threads it serves have ended.</summary>
    public void Dispose()
    {
        _news.CompleteAdding();
        _thread.Join();
        _news.Dispose();
    }

    private void Deliver()
    {
        foreach (var news in _news.GetConsumingEnumerable()) { news(); }
    }
}
