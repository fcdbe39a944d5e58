using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LiveCommerce.Actors.Runtime;
using LiveCommerce.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Tests;

/// <summary>A silo with probe grains, a clock that the test moves, and a log that it can read.</summary>
internal sealed class ProbeSilo : IAsyncDisposable
{
    private readonly TestSilo _silo;

    public ProbeSilo(params (string Key, string Value)[] settings)
        : this(reentrant: false, settings)
    {
    }

    public ProbeSilo(bool reentrant, params (string Key, string Value)[] settings) =>
        _silo = TestSilo.Start(
            services => services
                .AddSingleton(Script)
                .AddSingleton<TimeProvider>(Time)
                .AddLogging(logging => logging.AddProvider(Log))
                .AddActors(actors =>
                {
                    if (reentrant) { actors.AddGrain<IProbeGrain, ReentrantProbeGrain>(); } else { actors.AddGrain<IProbeGrain, ProbeGrain>(); }
                }),
            settings.ToDictionary(setting => "Actors:" + setting.Key, setting => (string?)setting.Value, StringComparer.Ordinal));

    public Script Script { get; } = new();

    public ManualTimeProvider Time { get; } = new();

    public RecordingLog Log { get; } = new();

    public IGrainFactory Grains => _silo.Grains;

    public ActivationDirectory Directory => _silo.Services.GetRequiredService<ActivationDirectory>();

    /// <summary>Whose meters are this silo's.</summary>
    public IMeterFactory Meters => _silo.Services.GetRequiredService<IMeterFactory>();

    public IProbeGrain Probe(string key = "a") => _silo.Grains.GetGrain<IProbeGrain>(key);

    public bool IsActive(string key = "a") => Directory.IsActive(new GrainId("Probe", key));

    /// <summary>Completes when the directory no longer has the grain.</summary>
    public Task Gone(string key = "a") => Time.AdvanceUntil(() => !IsActive(key), TimeSpan.Zero);

    public Task Stop() => _silo.Stop();

    public ValueTask DisposeAsync() => _silo.DisposeAsync();
}

/// <summary>Keeps warnings and errors.</summary>
internal sealed class RecordingLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyList<string> Lines => [.. _lines];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) { _lines.Enqueue($"{eventId.Id}: {formatter(state, exception)}"); }
    }

    public void Dispose()
    {
    }
}
