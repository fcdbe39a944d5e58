using LiveCommerce.Actors.Hosting;
using LiveCommerce.Actors.Runtime;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the grain runtime.</summary>
public static class ActorsServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="LiveCommerce.Actors.IGrainFactory"/> and the runtime behind it. May be called several times; the grains add up.
    /// Register it before services whose shutdown calls grains: hosted services stop in reverse order.
    /// </summary>
    public static IServiceCollection AddActors(this IServiceCollection services, Action<ActorsBuilder>? configure = null)
    {
        var registry = services.FirstOrDefault(service => service.ServiceType == typeof(GrainRegistry))?.ImplementationInstance as GrainRegistry;
        if (registry is null)
        {
            registry = new GrainRegistry();
            services.AddSingleton(registry);
            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton<IValidateOptions<ActorOptions>, ActorOptionsValidator>();
            services.AddSingleton<IValidateOptions<ActorOptions>, ActorOptionsRules>();
            services.AddOptions<ActorOptions>()
                .BindConfiguration("Actors", binder => binder.ErrorOnUnknownConfiguration = true)
                .ValidateOnStart();
            services.AddMetrics();
            services.AddSingleton<ActorMetrics>();
            services.AddSingleton<ActivationDirectory>();
            services.AddSingleton<LiveCommerce.Actors.IGrainFactory>(provider => provider.GetRequiredService<ActivationDirectory>().GrainFactory);
            services.AddHostedService<ActorsHostedService>();
        }

        configure?.Invoke(new ActorsBuilder(services, registry));
        return services;
    }

    /// <summary>Ends the grains with the host.</summary>
    private sealed class ActorsHostedService(ActivationDirectory directory) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => directory.StopAsync(cancellationToken);
    }
}
