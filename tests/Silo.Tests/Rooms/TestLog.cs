using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>Warnings and errors of a silo in the output of the test that runs it.</summary>
internal sealed class TestLog : ILoggerProvider, ILogger
{
    private readonly ITestOutputHelper? _output = TestContext.Current.TestOutputHelper;

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            if (IsEnabled(logLevel)) { _output?.WriteLine($"{logLevel} {eventId.Id}: {formatter(state, exception)} {exception}"); }
        }
        catch (InvalidOperationException)
        {
            // The test is over; nobody reads on.
        }
    }

    public void Dispose()
    {
    }
}
