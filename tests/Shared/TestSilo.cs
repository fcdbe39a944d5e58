using LiveCommerce.Actors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LiveCommerce.Tests;

/// <summary>
/// A real host with the grain runtime, without configuration files and without a network. Disposing stops it in order.
/// <code>await using var silo = TestSilo.Start(services => services.AddActors(actors => actors.AddGrain&lt;IMyGrain, MyGrain&gt;().UseMemoryState()));</code>
/// </summary>
internal sealed class TestSilo : IAsyncDisposable
{
    private readonly IHost _host;
    private bool _stopped;

    private TestSilo(IHost host) => _host = host;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public IServiceProvider Services => _host.Services;

    /// <summary>Starts the host; options are validated and hosted services run when it returns.</summary>
    public static TestSilo Start(Action<IServiceCollection> configure) => Start(configure, new Dictionary<string, string?>(StringComparer.Ordinal));

    /// <summary>The same, with configuration such as <c>["Actors:IdleAge"] = "00:00:10"</c>.</summary>
    public static TestSilo Start(Action<IServiceCollection> configure, IDictionary<string, string?> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        foreach (var (key, value) in settings) { builder.Configuration[key] = value; }
        configure(builder.Services);
        builder.Services.AddActors();
        var host = builder.Build();
        host.Start();
        return new TestSilo(host);
    }

    /// <summary>The orderly shutdown, once.</summary>
    public Task Stop() => Stop(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        // In real time: a failed test may leave a turn waiting for a clock that nobody moves any more.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await Stop(patience.Token);
        _host.Dispose();
    }

    private async Task Stop(CancellationToken cancellationToken)
    {
        if (_stopped) { return; }
        _stopped = true;
        await _host.StopAsync(cancellationToken);
    }
}
